// The version of this library; before 1.0, a new minor version may break the interface.
#pragma once

#define EVENTAIL_VERSION "0.1.0"
