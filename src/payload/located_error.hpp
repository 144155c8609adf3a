// An error about content whose text begins with the path to it.
#pragma once

#include <eventail/error.hpp>

namespace eventail::payload {

class LocatedError : public Error {
public:
    using Error::Error;
};

}  // namespace eventail::payload
