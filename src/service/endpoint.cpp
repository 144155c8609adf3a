// The public face of a blocking sender: turns verdicts into errors, and touches nothing in the
// child of a fork.
#include "service/blocking_sender.hpp"
#include "service/cancellation.hpp"
#include "service/checked_options.hpp"
#include "service/failure_text.hpp"
#include "service/home_process.hpp"
#include "service/local_log.hpp"
#include <eventail/endpoint.hpp>

#include <exception>
#include <utility>

namespace eventail {
struct Endpoint::Impl {
    explicit Impl(const EndpointOptions& options)
        : sender(options, service::checked_urls(options.amqp_urls)) {}

    void publish(bus::Kind kind, std::string_view name, const Value& payload,
                 const EndpointPublishOptions& options);

    const service::HomeProcess home;
    service::BlockingSender sender;
};

void Endpoint::Impl::publish(bus::Kind kind, std::string_view name, const Value& payload,
                             const EndpointPublishOptions& options) {
    home.require("this endpoint");
    const std::string conversation_id =
        options.conversation_id ? std::string(*options.conversation_id) : sender.new_id();
    const bus::Verdict verdict = sender.send({.kind = kind,
                                              .name = name,
                                              .conversation_id = conversation_id,
                                              .is_mandatory = options.mandatory},
                                             payload, options.max_retries);
    if (!verdict.error) return;
    const char* const what = kind == bus::Kind::event ? "event " : "configuration ";
    throw Error(*verdict.error, what + std::string(name) + ": " + bus::explain(verdict));
}

Endpoint::Endpoint(const EndpointOptions& options)
    : impl_(std::make_unique<Impl>(service::checked(options))) {}

Endpoint::Endpoint(std::vector<std::string> amqp_urls, std::string logical_service,
                   unsigned connection_max_retries)
    : Endpoint(EndpointOptions{.amqp_urls = std::move(amqp_urls),
                               .logical_service = std::move(logical_service),
                               .connection_max_retries = connection_max_retries}) {}

Endpoint::~Endpoint() {
    // The thread does not exist here, and the socket still belongs to the parent: a destructor
    // could only do harm. They stay until this process ends.
    if (impl_->home.is_left()) static_cast<void>(impl_.release());
}

void Endpoint::publish_event(std::string_view name, Value payload,
                             const EndpointPublishOptions& options) {
    impl_->publish(bus::Kind::event, name, payload, options);
}

void Endpoint::publish_configuration(std::string_view name, Value payload,
                                     const EndpointPublishOptions& options) {
    impl_->publish(bus::Kind::configuration, name, payload, options);
}

void Endpoint::log(Severity severity, std::string_view short_message,
                   const LogOptions& options) noexcept {
    const service::CancellationHeld held;
    if (impl_->home.is_left()) {
        service::log_locally(
            severity, impl_->sender.logical_service(), short_message,
            {.conversation_id = options.conversation_id.value_or(""), .fields = options.fields});
        return;
    }
    try {
        impl_->sender.log(severity, short_message, options);
    } catch (...) {
        service::log_locally(
            Severity::warning, impl_->sender.logical_service(),
            service::failure_text("a log record is dropped: ", std::current_exception()));
    }
}

void Endpoint::set_encoding(Encoding encoding) {
    impl_->home.require("this endpoint");
    impl_->sender.set_encoding(encoding);
}

}  // namespace eventail
