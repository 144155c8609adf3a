// The work of a thread that runs user code: which message, which conversation.
#pragma once

#include "base/thread_own.hpp"
#include "bus/message_id.hpp"

#include <string_view>
#include <utility>

namespace eventail {
class Service;
}

namespace eventail::service {

struct UserContext {
    const Service* service = nullptr;
    std::string_view conversation_id = {};
    bool has_conversation = false;
    /// Derives ids for its messages from the id of its input; null: counted ids.
    bus::IdDerivation* ids = nullptr;
    /// A message could not be published because of back-pressure or a stop.
    bool had_publish_failure = false;

    /// Of the calling thread; null outside user code.
    static UserContext*& current() { return thread_own<UserContext*, UserContext>(); }
    /// Of the calling thread, if it runs user code of this service.
    static UserContext* of(const Service& service) {
        UserContext* const mine = current();
        return mine != nullptr && mine->service == &service ? mine : nullptr;
    }
};

/// Makes a context current for the calling thread until the end of the scope.
class UserContextScope {
public:
    explicit UserContextScope(UserContext& context)
        : previous_(std::exchange(UserContext::current(), &context)) {}
    ~UserContextScope() { UserContext::current() = previous_; }
    UserContextScope(const UserContextScope&) = delete;
    UserContextScope& operator=(const UserContextScope&) = delete;

private:
    UserContext* previous_;
};

}  // namespace eventail::service
