// Rewrites checked CBOR as plain CBOR, the form that PayloadView reads: no tags, no indefinite
// lengths, bignums as integers, every key once and in one piece.
#pragma once

#include "payload/cbor_builder.hpp"

namespace eventail::payload::cbor {

/// Appends the value at `checked`, which scan() has accepted, to the builder's buffer.
void make_plain(const std::byte* checked, Builder& builder);

}  // namespace eventail::payload::cbor
