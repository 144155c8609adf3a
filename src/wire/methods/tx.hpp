// The tx class.
#pragma once

#include "wire/method_id.hpp"

#include <cstdint>
#include <string_view>

namespace eventail::wire {

struct TxSelect {
    static constexpr MethodId id{90, 10};
    static constexpr std::string_view name = "tx.select";

    static void fields(auto&, auto&&) {}
};

struct TxSelectOk {
    static constexpr MethodId id{90, 11};
    static constexpr std::string_view name = "tx.select-ok";

    static void fields(auto&, auto&&) {}
};

struct TxCommit {
    static constexpr MethodId id{90, 20};
    static constexpr std::string_view name = "tx.commit";

    static void fields(auto&, auto&&) {}
};

struct TxCommitOk {
    static constexpr MethodId id{90, 21};
    static constexpr std::string_view name = "tx.commit-ok";

    static void fields(auto&, auto&&) {}
};

struct TxRollback {
    static constexpr MethodId id{90, 30};
    static constexpr std::string_view name = "tx.rollback";

    static void fields(auto&, auto&&) {}
};

struct TxRollbackOk {
    static constexpr MethodId id{90, 31};
    static constexpr std::string_view name = "tx.rollback-ok";

    static void fields(auto&, auto&&) {}
};

}  // namespace eventail::wire
