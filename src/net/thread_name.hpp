// The names of our threads, as ps -L, top -H and debuggers show them; docs/operating.md lists them.
#pragma once

#include <pthread.h>

namespace eventail::net {

/// Names the calling thread. At most 15 characters; Linux refuses more.
inline void name_this_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

}  // namespace eventail::net
