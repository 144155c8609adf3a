// Whichever allocation fails, a call throws std::bad_alloc or Error and works the next time. The
// program counts them; it ends with 0 if it got through all.
#include "contract/child_process.hpp"

#include <string>

namespace eventail::test {
namespace {

class ServiceOutOfMemory : public ServiceTest, public testing::WithParamInterface<std::string> {};

TEST_P(ServiceOutOfMemory, throws_or_works_whichever_allocation_fails) {
    ChildProcess child({"out_of_memory", broker.url(), name, GetParam()});

    EXPECT_EQ(child.status_within(std::chrono::minutes{2}), 0) << child.output();
    EXPECT_TRUE(child.has_said("failed ")) << child.output();
}

INSTANTIATE_TEST_SUITE_P(, ServiceOutOfMemory,
                         testing::Values("content", "construction", "endpoint_construction",
                                         "endpoint", "verbs", "verbs_with_threads", "handler",
                                         "handler_with_threads", "whole_life",
                                         "whole_life_with_threads"),
                         [](const auto& scenario) { return scenario.param; });

}  // namespace
}  // namespace eventail::test
