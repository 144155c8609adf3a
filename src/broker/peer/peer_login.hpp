// A client's login: the SASL mechanisms PLAIN and AMQPLAIN.
#pragma once

#include "wire/buffer.hpp"

#include <optional>
#include <string_view>

namespace eventail::broker {

inline constexpr std::string_view login_mechanisms = "PLAIN AMQPLAIN";

struct Login {
    std::string_view user = {};
    std::string_view password = {};
};

/// Views into the response. Nothing for another mechanism or a malformed response.
std::optional<Login> read_login(std::string_view mechanism, wire::Bytes response);

}  // namespace eventail::broker
