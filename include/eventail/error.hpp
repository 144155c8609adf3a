// The errors that this library throws: one exception type, one error category.
// Network loss is not an error here: services reconnect, and only a blocking call throws one.
#pragma once

#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>

namespace eventail {

/// The kind of error, for programs. The text of the Error is for people.
enum class Errc {
    stopped = 1,          ///< the service was stopped; it accepts nothing more
    back_pressure,        ///< waited in vain for confirms to make room
    invalid_payload,      ///< malformed, or not expressible in the requested encoding
    payload_too_large,    ///< beyond PayloadLimits::max_bytes
    too_deep,             ///< beyond PayloadLimits::max_depth
    type_mismatch,        ///< content of another type than requested
    missing_key,          ///< no such key in the map
    unknown_key,          ///< a key that a strict type does not know
    out_of_range,         ///< a number that its type cannot hold, an index beyond the list
    invalid_argument,     ///< an argument that can never work
    invalid_state,        ///< a call that makes no sense now
    not_sent,             ///< the endpoint gave up after its retries
    unroutable,           ///< mandatory, and no queue receives it
    abandoned,            ///< published, but unconfirmed when the service had to end
    forked,               ///< used in the child of a fork
    connection_failed,    ///< no broker or store could be reached
    access_refused,       ///< login or permission refused (403)
    not_found,            ///< virtual host, exchange or queue missing (404)
    precondition_failed,  ///< exists with other arguments (406)
    bad_url,              ///< not a usable amqp:// or amqps:// url
    tls_failed,           ///< no trustworthy TLS connection
    protocol_error,       ///< the peer does not keep to its protocol
    timed_out,            ///< a store did not answer in time, or a factory took too long
    store_refused,        ///< a store answered with an error
};

/// The category "eventail" of all Errc.
[[nodiscard]] const std::error_category& error_category() noexcept;

[[nodiscard]] inline std::error_code make_error_code(Errc code) noexcept {
    return {static_cast<int>(code), error_category()};
}

/// Everything thrown on purpose by this library. what() names what failed, where, and what to do.
class Error : public std::runtime_error {
public:
    Error(Errc code, const std::string& message)
        : std::runtime_error(message), code_(make_error_code(code)) {}
    Error(std::error_code code, const std::string& message)
        : std::runtime_error(message), code_(code) {}

    /// Compares with an Errc: `error.code() == Errc::missing_key`.
    [[nodiscard]] const std::error_code& code() const noexcept { return code_; }

private:
    std::error_code code_;
};

}  // namespace eventail

template <>
struct std::is_error_code_enum<eventail::Errc> : std::true_type {};
