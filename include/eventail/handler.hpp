// What a handler wants of a message: the message, its content as a type of the user's, or both.
#pragma once

#include <eventail/error.hpp>
#include <eventail/message.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace eventail {

/// Who acknowledges the message: the service once its handler has ended, or the handler's author.
enum class Ack : unsigned char { automatic, manual };

/// What becomes of a message that manual_nack() refuses.
enum class Nack : unsigned char { requeue, dead_letter };

/// Which of the deliveries that are still held are settled by hand.
enum class Deliveries : unsigned char { this_one, up_to_this };

}  // namespace eventail

namespace eventail::detail {

/// Which results a handler gets.
enum class Results : unsigned char { all, successes, errors };

/// The parameters of a lambda, a function object with one operator(), or a function; of anything
/// else, nothing.
template <class F>
struct Parameters {};
template <class F>
requires requires { &F::operator(); }
struct Parameters<F> : Parameters<decltype(&F::operator())> {};
template <class R, class... P>
struct Parameters<R (*)(P...)> {
    using Types = std::tuple<P...>;
};
template <class R, class... P>
struct Parameters<R (*)(P...) noexcept> : Parameters<R (*)(P...)> {};
template <class F, class R, class... P>
struct Parameters<R (F::*)(P...)> : Parameters<R (*)(P...)> {};
template <class F, class R, class... P>
struct Parameters<R (F::*)(P...) const> : Parameters<R (*)(P...)> {};
template <class F, class R, class... P>
struct Parameters<R (F::*)(P...) noexcept> : Parameters<R (*)(P...)> {};
template <class F, class R, class... P>
struct Parameters<R (F::*)(P...) const noexcept> : Parameters<R (*)(P...)> {};

/// Whether it takes the message alone.
template <class Handler, class Incoming>
inline constexpr bool takes_message = std::is_invocable_v<Handler&, const Incoming&>;

/// Its last parameter: the content, if it does not take the message alone.
template <class Handler>
requires(std::tuple_size_v<typename Parameters<Handler>::Types> > 0) using Last =
    std::remove_cvref_t<
        std::tuple_element_t<std::tuple_size_v<typename Parameters<Handler>::Types> - 1,
                             typename Parameters<Handler>::Types>>;

/// Whether it takes what a handler may take. If not, does not compile, and says why.
template <class Handler, class Incoming>
consteval bool is_sound() {
    if constexpr (takes_message<Handler, Incoming>) {
        return true;
    } else if constexpr (std::is_member_function_pointer_v<Handler>) {
        static_assert(takes_message<Handler, Incoming>,
                      "a member function needs its object: write a lambda, "
                      "[this](const eventail::Event& event) { greet(event); }");
    } else if constexpr (!requires { typename Parameters<Handler>::Types; }) {
        static_assert(takes_message<Handler, Incoming>,
                      "a handler is a function, or a lambda whose parameters are not auto");
    } else if constexpr (!requires { typename Last<Handler>; }) {
        static_assert(takes_message<Handler, Incoming>, "a handler takes at least one parameter");
    } else if constexpr (std::derived_from<Last<Handler>, Message>) {
        static_assert(takes_message<Handler, Incoming>,
                      "a handler takes the message, of the kind that it is registered for, as a "
                      "const reference, and the content after it");
    } else {
        constexpr bool is_callable =
            std::is_invocable_v<Handler&, const Last<Handler>&> ||
            std::is_invocable_v<Handler&, const Incoming&, const Last<Handler>&>;
        static_assert(is_callable,
                      "a handler takes the message, its content, or the message and its content, "
                      "as const references");
        return is_callable;
    }
    return false;
}

/// Calls a handler, which returns an Answer or, where that is an Ack, nothing.
template <class Answer, class Handler, class... Arguments>
Answer answer(Handler& handler, const Arguments&... arguments) {
    using Returned = std::invoke_result_t<Handler&, const Arguments&...>;
    if constexpr (std::is_same_v<Answer, Ack> && std::is_void_v<Returned>) {
        handler(arguments...);
        return Ack::automatic;
    } else if constexpr (std::is_same_v<Answer, Ack>) {
        static_assert(std::is_same_v<Returned, Ack>,
                      "a handler returns nothing or an Ack; commands are answered by "
                      "return_success() and return_error()");
        return handler(arguments...);
    } else {
        static_assert(std::is_convertible_v<Returned, Answer>,
                      "a handler of configurations returns whether the service is configured");
        return handler(arguments...);
    }
}

/// The content of a message is not what its handler takes. Never a handler's own failure: the
/// message is dead-lettered at once, as one that cannot be decoded.
class Misfit : public Error {
public:
    explicit Misfit(const Error& error) : Error(error) {}
};

/// The same once the content that the handler takes has been read. @throws Misfit
template <class Answer, class Handler, class Incoming>
Answer call(Handler& handler, const Incoming& message) {
    if constexpr (takes_message<Handler, Incoming>) {
        return answer<Answer>(handler, message);
    } else if constexpr (is_sound<Handler, Incoming>()) {
        using Content = Last<Handler>;
        std::optional<Content> content;
        try {
            content.emplace(message.payload.template get<Content>());
        } catch (const Error& error) {
            throw Misfit(error);
        }
        if constexpr (std::is_invocable_v<Handler&, const Content&>) {
            return answer<Answer>(handler, *content);
        } else {
            return answer<Answer>(handler, message, *content);
        }
    }
}

/// A function object that std::function takes: itself, or shared if it can only be moved.
template <class F>
auto copyable(F function) {
    if constexpr (std::is_copy_constructible_v<F>) {
        return function;
    } else {
        return [shared = std::make_shared<F>(std::move(function))](const auto&... arguments) {
            return (*shared)(arguments...);
        };
    }
}

}  // namespace eventail::detail
