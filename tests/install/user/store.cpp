// A user of the store: links what is behind it, and hears why it does not work.

#include <eventail/store.hpp>

int main() {
    // Nobody listens on port 1.
    eventail::TemporaryStore store({.host = "127.0.0.1", .port = 1, .name_space = "user:"});

    return store.is_down() ? 0 : 1;
}
