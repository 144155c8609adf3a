// Login by certificate: EXTERNAL instead of a password.
#include "contract/service_fixture.hpp"

#include <string>

namespace eventail::test {
namespace {

class ServiceLogin : public ServiceTest {
protected:
    ServiceOptions at(const std::string& url) const {
        ServiceOptions there = options();
        there.amqp_urls = {url};
        return there;
    }
};

TEST_F(ServiceLogin, by_certificate_needs_no_password) {
    const std::string url = broker.certificate_url();
    if (url.empty()) GTEST_SKIP() << "the broker takes no certificates for logins";
    Tested service(at(url));
    Supervised run(service);

    EXPECT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    EXPECT_EQ(run.stop(), 0) << log.text();
}

TEST_F(ServiceLogin, by_certificate_is_refused_clearly_where_it_is_not_offered) {
    // Without TLS there is no certificate.
    Tested service(at(broker.url() + "?auth_mechanism=external"));
    Supervised run(service);

    EXPECT_EQ(run.status(), 1);
    EXPECT_TRUE(log.has("EXTERNAL")) << log.text();
    EXPECT_EQ(service.ready, 0);
}

}  // namespace
}  // namespace eventail::test
