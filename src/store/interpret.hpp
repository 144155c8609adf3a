// Decides what replies mean: which error an error reply stands for, who the master is, which role a
// server has. Pure. Texts never quote a request: it may hold a password or a user's value.
#pragma once

#include "store/address.hpp"
#include "store/reply.hpp"
#include <eventail/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace eventail::store {

/// True if the server says with this error that it is not a master to write to, at least for now,
/// and that it did nothing: another one may be.
[[nodiscard]] bool is_no_master(const Reply& reply);
/// True if the server does not have the script yet.
[[nodiscard]] bool is_unknown_script(const Reply& reply);

/// The error that an error reply stands for; `who` answered.
[[nodiscard]] Error refusal(const Reply& reply, const std::string& who);
/// The same of a login: quotes the code of the error only.
[[nodiscard]] Error login_refusal(const Reply& reply, const std::string& who);
/// For a reply that no such request can have.
[[nodiscard]] Error unexpected(const Reply& reply, const std::string& who);

/// @throws Error if the reply is an error, or not a status
void require_ok(const Reply& reply, const std::string& who);

/// Reads a Sentinel's answer to SENTINEL GET-MASTER-ADDR-BY-NAME. None: it knows no such service.
/// @throws Error
[[nodiscard]] std::optional<HostAndPort> master_address(const Reply& reply, const std::string& who);

enum class Role : unsigned char { master, replica, sentinel };

/// Reads the answer to ROLE. @throws Error
[[nodiscard]] Role role_of(const Reply& reply, const std::string& who);

}  // namespace eventail::store
