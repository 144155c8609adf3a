// What Redis does in one step for the store: Lua, called by its SHA-1, so that it is sent once.
#pragma once

#include <string_view>

namespace eventail::store {

struct Script {
    std::string_view text;
    std::string_view sha1;  ///< of the text, in hexadecimal
};

/// KEYS: those to set. ARGV: the time to live in seconds, then a value for each key. @return OK
extern const Script set_all;

/// Takes the values of all keys, or of none. KEYS. ARGV: the largest value to take, in bytes.
/// @return the values; nil: one is missing; an integer: the value of this key, counted from 1, is
/// larger
extern const Script take_all;

/// Reads, or locks. KEYS: value, lock. ARGV: token, time in milliseconds. @return the value; a
/// status: there is none, and the lock is ours; an integer: for so many ms it is somebody else's
extern const Script read_or_lock;

/// Stores what was made under the lock, and unlocks. KEYS: value, lock. ARGV: token, the time to
/// live in seconds, value. @return a status: stored; a value: it was set meanwhile, and stays; nil:
/// the lock is not ours
extern const Script store_and_unlock;

/// KEYS: lock. ARGV: token. @return OK; another owner's lock stays
extern const Script unlock;

}  // namespace eventail::store
