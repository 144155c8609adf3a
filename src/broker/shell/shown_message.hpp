// A message as a test sees it.
#pragma once

#include <eventail/broker.hpp>

namespace eventail::broker {

class Message;

BrokerMessage shown(const Message& message);

}  // namespace eventail::broker
