// Lists of the contents of a virtual host.
#pragma once

#include <cstddef>
#include <string>

namespace eventail::broker {

struct ExchangeListing {
    std::string name = {};
    std::string type = {};
    bool durable = false;
    bool auto_delete = false;
    bool internal = false;
    std::string policy = {};
};

struct QueueListing {
    std::string name = {};
    bool durable = false;
    bool exclusive = false;
    bool auto_delete = false;
    std::size_t ready_count = 0;
    std::size_t unsettled_count = 0;
    std::size_t consumer_count = 0;
    std::string policy = {};
};

struct BindingListing {
    std::string source = {};
    std::string destination = {};
    bool to_exchange = false;
    std::string routing_key = {};
};

struct ConsumerListing {
    std::string queue = {};
    std::string consumer_tag = {};
    unsigned channel = 0;
    bool no_ack = false;
    bool exclusive = false;
    unsigned prefetch_count = 0;
    int priority = 0;
    bool active = false;  ///< False for a consumer that waits behind a single active one.
};

}  // namespace eventail::broker
