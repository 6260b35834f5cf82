// SPDX-License-Identifier: MIT

// Resolving against a name server that others wrote.

#include <patio/io/resolve.hpp>

#include "support/child_process.hpp"
#include "support/drivers.hpp"

#include "io/file_descriptor.hpp"
#include "io/socket_address.hpp"

#include <patio/core/error.hpp>

#include <patio/patio.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <sys/prctl.h>
#include <csignal>

namespace {

using patio::resolve_options;
using patio::detail::file_descriptor;
using patio::detail::socket_address;
using patio::test_support::child_process;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

using texts = std::vector<std::string>;

/// A port that was free for UDP and TCP a moment ago: dnsmasq cannot be told to choose one.
patio::endpoint free_port() {
    for (;;) {
        const file_descriptor udp =
            file_descriptor::checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
        const file_descriptor tcp =
            file_descriptor::checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
        socket_address at{patio::endpoint{patio::ip_address::loopback_v4(), 0}};
        ::bind(udp.value(), at.data(), at.length);
        ::getsockname(udp.value(), at.data(), &at.length);
        if (::bind(tcp.value(), at.data(), at.length) == 0) return at.to_endpoint();
    }
}

class dnsmasq {
public:
    dnsmasq() {
        hosts_ = ::testing::TempDir() + "patio_dnsmasq_hosts." + std::to_string(::getpid());
        std::ofstream hosts{hosts_};
        for (int i = 1; i <= 100; ++i)
            hosts << "192.0.2." << i << " many.test\n";
        hosts.close();
        for (int attempt = 0; attempt < 20; ++attempt) {
            at_ = free_port();
            process_ = std::make_unique<child_process>([this] { return become(); });
            if (process_->wait_for_output("started, version")) return;
            process_->wait();
            if (process_->output().find("in use") == std::string::npos) break;
        }
        ADD_FAILURE() << "dnsmasq does not start: " << process_->output();
    }
    dnsmasq(const dnsmasq&) = delete;
    dnsmasq& operator=(const dnsmasq&) = delete;
    ~dnsmasq() { std::filesystem::remove(hosts_); }

    static bool is_installed() { return std::filesystem::exists(program); }
    [[nodiscard]] resolve_options asking() const {
        return resolve_options{}.name_servers({at_}).search_domains({}).hosts_file("/dev/null");
    }

private:
    static constexpr const char* program = "/usr/sbin/dnsmasq";

    /// In the child.
    [[nodiscard]] int become() const {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        texts words{program,
                    "--keep-in-foreground",
                    "--conf-file=/dev/null",
                    "--pid-file=",
                    "--log-facility=-",
                    "--no-resolv",
                    "--no-hosts",
                    "--bind-interfaces",
                    "--listen-address=127.0.0.1",
                    "--port=" + std::to_string(at_.port()),
                    "--addn-hosts=" + hosts_,
                    "--local=/test/",
                    "--host-record=both.test,192.0.2.7,2001:db8::7",
                    "--host-record=four.test,192.0.2.4",
                    "--cname=alias.test,both.test"};
        if (::geteuid() == 0) words.emplace_back("--user=root");
        std::vector<char*> arguments;
        for (std::string& word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        ::execv(program, arguments.data());
        return 127;
    }

    std::string hosts_;
    patio::endpoint at_;
    std::unique_ptr<child_process> process_;
};

class resolving_with_dnsmasq : public patio::test_support::on_each_driver {
protected:
    static void SetUpTestSuite() {
        if (dnsmasq::is_installed()) server_ = std::make_unique<dnsmasq>();
    }
    static void TearDownTestSuite() { server_.reset(); }
    void SetUp() override {
        if (server_ == nullptr) GTEST_SKIP() << "needs dnsmasq (Debian's dnsmasq-base)";
    }

    static texts addresses(const std::string& host, const resolve_options& with) {
        texts lines;
        for (const auto& each : patio::run(patio::resolve(host, 80, with), options()))
            lines.push_back(each.address().to_string());
        return lines;
    }
    static std::error_code failure(const std::string& host, const resolve_options& with) {
        try {
            addresses(host, with);
        } catch (const patio::error& e) {
            return e.code();
        }
        return {};
    }

    static std::unique_ptr<dnsmasq> server_;
};
std::unique_ptr<dnsmasq> resolving_with_dnsmasq::server_;
PATIO_TEST_ON_EACH_DRIVER(resolving_with_dnsmasq);

TEST_P(resolving_with_dnsmasq, gives_the_addresses_of_both_families) {
    EXPECT_THAT(addresses("both.test", server_->asking()),
                UnorderedElementsAre("192.0.2.7", "2001:db8::7"));
    EXPECT_THAT(addresses("alias.test", server_->asking()),
                UnorderedElementsAre("192.0.2.7", "2001:db8::7"));
    EXPECT_THAT(addresses("four.test", server_->asking()), ElementsAre("192.0.2.4"));
    EXPECT_THAT(addresses("four", server_->asking().search_domains({"no.test", "test"})),
                ElementsAre("192.0.2.4"));
}

TEST_P(resolving_with_dnsmasq, takes_long_answers_over_tcp) {
    EXPECT_EQ(addresses("many.test", server_->asking()).size(), 100U);
    EXPECT_EQ(failure("many.test", server_->asking().answers_max(99)), patio::errc::limit_exceeded);
}

TEST_P(resolving_with_dnsmasq, fails_as_it_should) {
    EXPECT_EQ(failure("gone.test", server_->asking()), patio::errc::host_not_found);
    EXPECT_EQ(failure("four.test", server_->asking().family(patio::ip_family::v6)),
              patio::errc::host_not_found);
    // It has no server that it could ask for other names, and says REFUSED.
    EXPECT_EQ(failure("example.org", server_->asking()), patio::errc::name_server_failed);
}

}  // namespace
