// What Clang's thread-safety analysis reads; nothing for other compilers. (docs/decisions/0016)
#pragma once

#if defined(__clang__)
#define EVENTAIL_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define EVENTAIL_THREAD_ANNOTATION(x)
#endif

/// Of a member: it is touched only while the lock is held.
#define EVENTAIL_GUARDED_BY(lock) EVENTAIL_THREAD_ANNOTATION(guarded_by(lock))
/// Of a pointer: what it points to is touched only while the lock is held.
#define EVENTAIL_POINTEE_GUARDED_BY(lock) EVENTAIL_THREAD_ANNOTATION(pt_guarded_by(lock))
/// Of a function: callers hold the locks.
#define EVENTAIL_REQUIRES(...) EVENTAIL_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
/// Of a function: callers do not hold the locks, which it takes.
#define EVENTAIL_EXCLUDES(...) EVENTAIL_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
/// Of a mutex: it is taken before the other ones.
#define EVENTAIL_ACQUIRED_BEFORE(...) EVENTAIL_THREAD_ANNOTATION(acquired_before(__VA_ARGS__))
/// Of a function: gives access to a lock.
#define EVENTAIL_RETURNS_LOCK(lock) EVENTAIL_THREAD_ANNOTATION(lock_returned(lock))
