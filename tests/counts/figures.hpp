// The counted figures, one function each. It runs rounds of Meter::batch messages and measures the
// part that its name says.
#pragma once

#include "counts/meter.hpp"

namespace eventail::counts {

// publishing.cpp: out
void publish_list(Meter& meter);
void publish_described(Meter& meter);
void publish_ready_bytes(Meter& meter);
void publish_tree(Meter& meter);
void publish_derived(Meter& meter);
void send(Meter& meter);
void confirm_each(Meter& meter);
void confirm_many(Meter& meter);

// consuming.cpp: in
void read_delivery(Meter& meter);
void find_handler(Meter& meter);
void acknowledge(Meter& meter);

// content.cpp: payloads alone
void check_payload(Meter& meter);
void read_three_fields(Meter& meter);
void read_described(Meter& meter);

}  // namespace eventail::counts
