#include "support/redis_server.hpp"
#include <eventail/described.hpp>
#include <eventail/json.hpp>
#include <eventail/store.hpp>

#include <gmock/gmock.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace eventail::test {

struct StoredOrder {
    std::string customer = {};
    int count = 0;
    std::optional<std::string> note = {};
};
BOOST_DESCRIBE_STRUCT(StoredOrder, (), (customer, count, note))

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class TemporaryStoreTest : public testing::Test {
protected:
    StoreOptions options() const {
        StoreOptions options{.host = "127.0.0.1", .port = redis_.port(), .name_space = "shop:"};
        options.timeout = 2s;
        return options;
    }
    static std::error_code failure(const std::function<void()>& call) {
        try {
            call();
            return {};
        } catch (const Error& error) {
            return error.code();
        }
    }
    static std::string failure_text(const std::function<void()>& call) {
        try {
            call();
            return {};
        } catch (const Error& error) {
            return error.what();
        }
    }

    RedisServer redis_;
    TemporaryStore store_{options()};
};

TEST_F(TemporaryStoreTest, gives_back_what_was_set_once) {
    store_.set("cart", {{"items", 3}, {"name", "Ada"}});

    const auto popped = store_.pop("cart");

    ASSERT_TRUE(popped.has_value());
    EXPECT_EQ((*popped)["items"].get<int>(), 3);
    EXPECT_EQ((*popped)["name"].get<std::string>(), "Ada");
    EXPECT_FALSE(store_.pop("cart").has_value());
}

TEST_F(TemporaryStoreTest, peeks_without_taking) {
    store_.set("cart", 3);

    EXPECT_EQ(store_.peek<int>("cart"), 3);
    EXPECT_EQ(store_.peek<int>("cart"), 3);
    EXPECT_FALSE(store_.peek("other").has_value());
}

TEST_F(TemporaryStoreTest, keeps_any_content) {
    const std::vector<Payload> contents = {Payload(nullptr),
                                           Payload(true),
                                           Payload(-7),
                                           Payload(1.5),
                                           Payload("text"),
                                           Payload(Value::list({1, "two", nullptr})),
                                           Payload(std::span(std::as_bytes(std::span("ab", 3)))),
                                           Payload{},
                                           Payload::from_json(R"({"a": [1, {"b": null}]})")};
    for (const Payload& content : contents) {
        store_.set("key", content);

        const auto popped = store_.pop("key");

        ASSERT_TRUE(popped.has_value());
        EXPECT_EQ(popped->dump(), content.dump());
        EXPECT_EQ(popped->content_type(), "application/cbor");
    }
}

TEST_F(TemporaryStoreTest, keeps_described_structs) {
    store_.set("order", StoredOrder{"Ada", 2, "by air"});

    EXPECT_EQ(store_.get<StoredOrder>("order").note, "by air");
    EXPECT_EQ(store_.peek<StoredOrder>("order")->count, 2);
    EXPECT_EQ(store_.pop<StoredOrder>("order")->customer, "Ada");
    EXPECT_FALSE(store_.pop<StoredOrder>("order").has_value());
}

TEST_F(TemporaryStoreTest, gets_a_value_or_an_error_that_names_its_key) {
    EXPECT_EQ(failure([&] { (void)store_.get<StoredOrder>("order"); }), Errc::missing_key);

    store_.set("order", {{"customer", "Ada"}, {"count", "two"}});

    EXPECT_EQ(failure([&] { (void)store_.get<StoredOrder>("order"); }), Errc::type_mismatch);
    EXPECT_THAT(failure_text([&] { (void)store_.get<StoredOrder>("order"); }),
                HasSubstr("\"order\": count: expected an integer, got text \"two\""));
}

TEST_F(TemporaryStoreTest, puts_the_namespace_before_each_key_and_lets_values_die) {
    store_.set("a", 1);
    store_.mset({{"b", 2}, {"c", 3}});
    (void)store_.peek_or_create(
        "d", [] { return 4; }, 10s);

    for (const char* key : {"shop:a", "shop:b", "shop:c", "shop:d"}) {
        const int ttl = std::stoi(redis_.command({"TTL", key}));
        EXPECT_GT(ttl, 269'900) << key;
        EXPECT_LE(ttl, 270'000) << key;
    }
    EXPECT_EQ(redis_.command({"DBSIZE"}), "4");
}

TEST_F(TemporaryStoreTest, forgets_a_value_after_its_time_to_live) {
    StoreOptions options = this->options();
    options.time_to_live = 1s;
    TemporaryStore brief(options);
    brief.set("a", 1);
    EXPECT_TRUE(brief.peek("a").has_value());

    EXPECT_TRUE(redis_.comes_to_say({"EXISTS", "shop:a"}, "0"));
    EXPECT_FALSE(brief.peek("a").has_value());
}

TEST_F(TemporaryStoreTest, keeps_namespaces_apart) {
    StoreOptions options = this->options();
    options.name_space = "bank:";
    TemporaryStore other(options);

    store_.set("a", 1);
    other.set("a", 2);

    EXPECT_EQ(store_.pop<int>("a"), 1);
    EXPECT_EQ(other.pop<int>("a"), 2);
}

TEST_F(TemporaryStoreTest, sets_several_values_of_any_types_or_of_a_map) {
    const StoredOrder order{"Ada", 2, {}};
    store_.mset({{"number", 1}, {"order", order}, {"map", {{"x", 1}}}});
    store_.mset(std::map<std::string, std::string>{{"one", "1"}, {"two", "2"}});
    store_.mset({});

    EXPECT_EQ(store_.peek<int>("number"), 1);
    EXPECT_EQ(store_.peek<StoredOrder>("order")->customer, "Ada");
    EXPECT_EQ(store_.peek("map").value().dump(), R"({"x":1})");
    EXPECT_EQ(store_.peek<std::string>("two"), "2");
}

TEST_F(TemporaryStoreTest, sets_several_values_at_one_moment) {
    std::atomic<bool> is_done = false;
    std::thread writer([&] {
        for (int i = 0; i < 500; ++i) store_.mset({{"a", i}, {"b", i}});
        is_done = true;
    });
    int pairs = 0;
    while (!is_done) {
        const auto both = store_.mpop<int>({"a", "b"});
        if (!both) continue;
        ++pairs;
        EXPECT_EQ((*both)[0], (*both)[1]);
    }
    writer.join();
    EXPECT_GT(pairs, 0);
}

TEST_F(TemporaryStoreTest, pops_several_values_or_none) {
    store_.mset({{"a", 1}, {"b", 2}});

    EXPECT_FALSE(store_.mpop({"a", "b", "c"}).has_value());
    EXPECT_EQ(store_.peek<int>("a"), 1);

    store_.set("c", 3);
    const std::vector<std::string> keys = {"c", "a", "b"};
    EXPECT_THAT(*store_.mpop<int>(keys), ElementsAre(3, 1, 2));
    EXPECT_EQ(redis_.command({"DBSIZE"}), "0");
    EXPECT_TRUE(store_.mpop(std::vector<std::string>{}).value().empty());
}

TEST_F(TemporaryStoreTest, leaves_a_value_that_is_too_large_to_read_where_it_is) {
    StoreOptions options = this->options();
    options.payload_limits.max_bytes = 100;
    TemporaryStore small(options);
    store_.set("big", std::string(200, 'x'));
    store_.set("little", 1);

    EXPECT_EQ(failure([&] { (void)small.pop("big"); }), Errc::payload_too_large);
    EXPECT_EQ(failure([&] { (void)small.mpop({"little", "big"}); }), Errc::payload_too_large);
    EXPECT_EQ(failure([&] { (void)small.peek("big"); }), Errc::payload_too_large);
    EXPECT_EQ(failure([&] { small.set("x", std::string(200, 'x')); }), Errc::payload_too_large);
    EXPECT_EQ(store_.peek<std::string>("big")->size(), 200U);
    EXPECT_EQ(small.pop<int>("little"), 1);
}

TEST_F(TemporaryStoreTest, refuses_a_key_of_another_kind_and_leaves_it) {
    redis_.command({"RPUSH", "shop:queue", "x"});

    EXPECT_EQ(failure([&] { (void)store_.pop("queue"); }), Errc::type_mismatch);
    EXPECT_EQ(failure([&] { (void)store_.peek("queue"); }), Errc::type_mismatch);
    EXPECT_EQ(redis_.command({"LLEN", "shop:queue"}), "1");
}

TEST_F(TemporaryStoreTest, says_which_value_is_no_cbor) {
    redis_.command({"SET", "shop:foreign", "{json}"});

    EXPECT_EQ(failure([&] { (void)store_.peek("foreign"); }), Errc::invalid_payload);
    EXPECT_THAT(failure_text([&] { (void)store_.peek("foreign"); }),
                HasSubstr("store: peek \"foreign\": "));
}

TEST_F(TemporaryStoreTest, carries_16_mib) {
    const std::string large(16 * 1024 * 1024 - 16, 'x');

    store_.set("large", large);

    EXPECT_TRUE(store_.pop<std::string>("large") == large);
}

TEST_F(TemporaryStoreTest, works_after_redis_forgot_its_scripts) {
    store_.set("a", 1);
    EXPECT_EQ(store_.pop<int>("a"), 1);
    redis_.command({"SCRIPT", "FLUSH"});
    store_.set("a", 2);

    EXPECT_EQ(store_.pop<int>("a"), 2);
}

TEST_F(TemporaryStoreTest, uses_the_database_that_it_was_given) {
    StoreOptions options = this->options();
    options.database = 3;
    TemporaryStore third(options);

    third.set("a", 1);

    EXPECT_FALSE(store_.peek("a").has_value());
    EXPECT_EQ(redis_.command({"-n", "3", "EXISTS", "shop:a"}), "1");
    options.database = 99;
    EXPECT_EQ(failure([&] { TemporaryStore(options).set("a", 1); }), Errc::store_refused);
}

TEST_F(TemporaryStoreTest, logs_in_by_password_and_by_user_and_shows_neither_password) {
    redis_.command({"ACL", "SETUSER", "shop", "on", ">hunter2", "~shop:*", "+@all"});
    redis_.command({"CONFIG", "SET", "requirepass", "swordfish"});
    StoreOptions by_password = options();
    by_password.password = "swordfish";
    StoreOptions by_user = options();
    by_user.user = "shop";
    by_user.password = "hunter2";
    TemporaryStore first(by_password);
    TemporaryStore second(by_user);

    first.set("a", 1);
    EXPECT_EQ(second.pop<int>("a"), 1);

    by_user.password = "swordfish-2";
    by_password.password = "hunter2-2";
    for (const StoreOptions& wrong : {by_user, by_password, options()}) {
        TemporaryStore refused(wrong);
        EXPECT_EQ(failure([&] { refused.set("a", 1); }), Errc::access_refused);
        const std::string text = failure_text([&] { refused.set("a", 1); });
        EXPECT_THAT(text, Not(HasSubstr("swordfish")));
        EXPECT_THAT(text, Not(HasSubstr("hunter2")));
        EXPECT_THAT(text, HasSubstr(redis_.address()));
    }
}

TEST_F(TemporaryStoreTest, names_a_permission_that_is_missing) {
    redis_.command({"ACL", "SETUSER", "shop", "on", ">hunter2", "~bank:*", "+@all"});
    StoreOptions other = options();
    other.user = "shop";
    other.password = "hunter2";
    TemporaryStore store(other);

    EXPECT_EQ(failure([&] { store.set("a", 1); }), Errc::access_refused);
    EXPECT_EQ(failure([&] { (void)store.pop("a"); }), Errc::access_refused);
}

TEST_F(TemporaryStoreTest, says_that_a_replica_cannot_be_written_to) {
    redis_.command({"REPLICAOF", "127.0.0.1", "1"});

    EXPECT_EQ(failure([&] { store_.set("a", 1); }), Errc::store_refused);
    EXPECT_THAT(failure_text([&] { store_.set("a", 1); }), HasSubstr("is this a replica?"));
}

TEST_F(TemporaryStoreTest, serves_more_threads_than_it_has_connections) {
    StoreOptions options = this->options();
    options.max_connections = 2;
    TemporaryStore narrow(options);
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;

    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&, thread] {
            const std::string key = std::to_string(thread);
            for (int i = 0; i < 100; ++i) {
                narrow.set(key, i);
                if (narrow.pop<int>(key) == i) ++right;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(right, 800);
    const std::string clients = redis_.command({"INFO", "clients"});
    EXPECT_THAT(clients, HasSubstr("connected_clients:3"));  // and redis-cli
}

TEST_F(TemporaryStoreTest, is_refused_in_the_child_of_a_fork_and_goes_on_in_the_parent) {
    store_.set("a", 1);

    const pid_t child = ::fork();
    if (child == 0) {
        int wrong = 0;
        if (failure([&] { (void)store_.pop("a"); }) != Errc::forked) wrong |= 1;
        if (failure([&] { (void)store_.mpop(std::vector<std::string>{}); }) != Errc::forked)
            wrong |= 2;
        if (!store_.is_down()) wrong |= 4;
        TemporaryStore own(options());
        if (own.peek<int>("a") != 1) wrong |= 8;
        store_.~TemporaryStore();
        ::_exit(wrong);
    }
    int status = -1;
    ::waitpid(child, &status, 0);

    EXPECT_EQ(status, 0);
    EXPECT_EQ(store_.pop<int>("a"), 1);
}

TEST_F(TemporaryStoreTest, says_whether_it_is_down) {
    EXPECT_EQ(store_.is_down(), std::nullopt);
    EXPECT_EQ(redis_.command({"DBSIZE"}), "0");

    redis_.kill();

    EXPECT_THAT(store_.is_down().value_or(""), HasSubstr("Redis at " + redis_.address()));
}

}  // namespace
}  // namespace eventail::test
