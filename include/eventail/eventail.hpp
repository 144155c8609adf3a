// Everything for a service or a publisher. `eventail/json.hpp` is apart: it brings nlohmann's tree.
#pragma once

#include <eventail/endpoint.hpp>
#include <eventail/error.hpp>
#include <eventail/log.hpp>
#include <eventail/message.hpp>
#include <eventail/payload.hpp>
#include <eventail/service.hpp>
#include <eventail/service_options.hpp>
#include <eventail/severity.hpp>
#include <eventail/supervisor.hpp>
