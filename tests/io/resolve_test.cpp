// SPDX-License-Identifier: MIT

#include <patio/io/resolve.hpp>

#include "support/dns_server.hpp"
#include "support/drivers.hpp"

#include "io/file_descriptor.hpp"

#include <patio/core/error.hpp>
#include <patio/testing/run.hpp>

#include <patio/patio.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/resource.h>

namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using patio::resolve_options;
using patio::test_support::descriptor_count;
using patio::test_support::dns_question;
using patio::test_support::dns_reply;
using patio::test_support::dns_server;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

using texts = std::vector<std::string>;

/// Only this server, and nothing of the machine's configuration.
resolve_options asking(const dns_server& server) {
    return resolve_options{}.name_servers({server.at()}).search_domains({}).hosts_file("/dev/null");
}

/// What resolving gives: the endpoints, or the error's text.
patio::async<texts> outcome(std::string host, resolve_options options) {
    texts lines;
    try {
        const auto found = co_await patio::resolve(host, 80, options);
        for (const patio::endpoint& each : found)
            lines.push_back(each.to_string());
    } catch (const patio::error& e) {
        lines.emplace_back(e.what());
    }
    co_return lines;
}

/// The error that resolving gives.
patio::async<std::error_code> failure(std::string host, resolve_options options) {
    try {
        co_await patio::resolve(host, 80, options);
    } catch (const patio::error& e) {
        co_return e.code();
    }
    co_return std::error_code{};
}

std::string question_text(const dns_question& question) {
    const char* kind = question.type == dns_question::a ? " A" : " AAAA";
    return question.name + kind + (question.is_tcp ? " tcp" : "");
}

texts asked(const dns_server& server) {
    texts lines;
    for (const dns_question& each : server.questions())
        lines.push_back(question_text(each));
    return lines;
}

dns_server::answer_function always(dns_reply reply) {
    return [reply = std::move(reply)](const dns_question&) { return reply; };
}

class resolving : public patio::test_support::on_each_driver {
protected:
    static texts run_outcome(const std::string& host, const resolve_options& with) {
        return patio::run(outcome(host, with), options());
    }
    static std::error_code run_failure(const std::string& host, const resolve_options& with) {
        return patio::run(failure(host, with), options());
    }
};
PATIO_TEST_ON_EACH_DRIVER(resolving);

TEST_P(resolving, gives_the_addresses_of_both_families) {
    const dns_server server{always(dns_reply{{"192.0.2.1", "2001:db8::1", "192.0.2.2"}})};
    EXPECT_THAT(run_outcome("host.test", asking(server)),
                UnorderedElementsAre("192.0.2.1:80", "192.0.2.2:80", "[2001:db8::1]:80"));
    EXPECT_THAT(asked(server), UnorderedElementsAre("host.test A", "host.test AAAA"));
}

TEST_P(resolving, asks_only_for_the_family_that_is_wanted) {
    const dns_server server{always(dns_reply{{"192.0.2.1", "2001:db8::1"}})};
    EXPECT_THAT(run_outcome("host.test", asking(server).family(patio::ip_family::v6)),
                ElementsAre("[2001:db8::1]:80"));
    EXPECT_THAT(run_outcome("host.test", asking(server).family(patio::ip_family::v4)),
                ElementsAre("192.0.2.1:80"));
    EXPECT_THAT(asked(server), ElementsAre("host.test AAAA", "host.test A"));
}

TEST_P(resolving, puts_the_best_address_first) {
    // RFC 6724: an address without a route, or else the one of the wider scope, comes later.
    const dns_server server{always(dns_reply{{"192.0.2.1", "127.0.0.1", "192.0.2.2"}})};
    EXPECT_EQ(run_outcome("host.test", asking(server)).front(), "127.0.0.1:80");
}

TEST_P(resolving, follows_aliases) {
    const dns_server server{always(dns_reply{{"192.0.2.1"}}.as_alias_of("real.test"))};
    EXPECT_THAT(run_outcome("host.test", asking(server)), ElementsAre("192.0.2.1:80"));
}

TEST_P(resolving, tells_a_name_that_does_not_exist_from_a_server_that_failed) {
    const dns_server server{[](const dns_question& question) {
        if (question.name == "gone.test") return dns_reply::no_such_name();
        if (question.name == "empty.test") return dns_reply{texts{}};
        return dns_reply::server_failure();
    }};
    const char* gone = "resolving gone.test: there is no such host, or it has no such address";
    EXPECT_THAT(run_outcome("gone.test", asking(server)), ElementsAre(gone));
    EXPECT_EQ(run_failure("gone.test", asking(server)), patio::errc::host_not_found);
    EXPECT_EQ(run_failure("empty.test", asking(server)), patio::errc::host_not_found);
    EXPECT_THAT(run_outcome("ill.test", asking(server)),
                ElementsAre("resolving ill.test: no name server could answer"));
    EXPECT_EQ(run_failure("ill.test", asking(server)), patio::errc::name_server_failed);
}

TEST_P(resolving, has_no_address_of_a_family_that_the_name_has_none_of) {
    const dns_server server{always(dns_reply{{"192.0.2.1"}})};
    EXPECT_EQ(run_failure("host.test", asking(server).family(patio::ip_family::v6)),
              patio::errc::host_not_found);
}

TEST_P(resolving, asks_the_next_server_when_one_fails) {
    const dns_server ill{always(dns_reply::server_failure())};
    const dns_server silent{always(dns_reply::silence())};
    const dns_server well{always(dns_reply{{"192.0.2.1"}})};
    const auto with =
        asking(ill).name_servers({ill.at(), silent.at(), well.at()}).timeout(20ms).tries(8);
    EXPECT_THAT(run_outcome("host.test", with), ElementsAre("192.0.2.1:80"));
    EXPECT_EQ(ill.question_count(), 2U);
    silent.wait_for_questions(2);
}

TEST_P(resolving, asks_again_when_an_answer_is_lost) {
    std::size_t count = 0;  // the server's thread only
    const dns_server server{[&](const dns_question&) {
        return ++count <= 2 ? dns_reply::silence() : dns_reply{{"192.0.2.1"}};
    }};
    EXPECT_THAT(run_outcome("host.test", asking(server).timeout(20ms).tries(8)),
                ElementsAre("192.0.2.1:80"));
}

TEST_P(resolving, gives_up_in_time_when_nobody_answers) {
    const dns_server server{always(dns_reply::silence())};
    const auto main = [&]() -> patio::async<> {
        const auto begin = patio::now();
        const auto lines = co_await outcome("host.test", asking(server).timeout(20ms).tries(2));
        // The second round has twice the time. No upper bound: the machine may be busy.
        EXPECT_GE((patio::now() - begin).count(), 60'000'000);
        EXPECT_EQ(lines.size(), 1U);
        EXPECT_EQ(lines.front().find("resolving host.test: "), 0U) << lines.front();
    };
    patio::run(main(), options());
    EXPECT_EQ(server.question_count(), 4U);
    EXPECT_EQ(run_failure("host.test", asking(server).timeout(10ms).tries(1)),
              std::errc::timed_out);
}

TEST_P(resolving, sleeps_while_it_waits) {
    const dns_server server{always(dns_reply::silence())};
    const auto computing_time = [] {
        timespec spent{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
        return std::chrono::seconds{spent.tv_sec} + std::chrono::nanoseconds{spent.tv_nsec};
    };
    const auto before = computing_time();
    EXPECT_EQ(run_failure("host.test", asking(server).timeout(400ms).tries(1)),
              std::errc::timed_out);
    EXPECT_LT(computing_time() - before, 200ms);
}

TEST_P(resolving, is_content_with_one_family_when_the_other_gets_no_answer) {
    for (const bool is_silent : {true, false}) {
        const dns_server server{[&](const dns_question& question) {
            if (question.type == dns_question::a) return dns_reply{{"192.0.2.1"}};
            return is_silent ? dns_reply::silence() : dns_reply::server_failure();
        }};
        EXPECT_THAT(run_outcome("host.test", asking(server).timeout(20ms).tries(5)),
                    ElementsAre("192.0.2.1:80"));
    }
}

TEST_P(resolving, fails_at_once_when_no_server_is_there) {
    patio::endpoint nobody;
    {
        const dns_server gone{always(dns_reply::silence())};
        nobody = gone.at();
    }
    EXPECT_EQ(run_failure("host.test", resolve_options{}
                                           .name_servers({nobody})
                                           .search_domains({})
                                           .hosts_file("/dev/null")
                                           .timeout(1h)),
              patio::errc::name_server_failed);
}

TEST_P(resolving, is_not_misled_by_garbage_before_the_answer) {
    const dns_server server{always(dns_reply{{"192.0.2.1"}}.after_garbage())};
    EXPECT_THAT(run_outcome("host.test", asking(server)), ElementsAre("192.0.2.1:80"));
}

TEST_P(resolving, takes_nothing_but_garbage_for_no_answer) {
    const dns_server server{always(dns_reply::garbage())};
    EXPECT_EQ(run_failure("host.test", asking(server).timeout(10ms).tries(2)),
              std::errc::timed_out);
}

TEST_P(resolving, fails_when_an_answer_is_broken) {
    const dns_server server{always(dns_reply::broken())};
    EXPECT_EQ(run_failure("host.test", asking(server)), patio::errc::name_server_failed);
}

TEST_P(resolving, asks_over_tcp_when_the_answer_is_too_long_for_a_datagram) {
    texts addresses;
    texts wanted;
    for (int i = 1; i <= 100; ++i) {
        addresses.push_back("192.0.2." + std::to_string(i));
        wanted.push_back(addresses.back() + ":80");
    }
    for (const bool is_sliced : {false, true}) {
        dns_reply reply{addresses};
        const dns_server server{always(is_sliced ? std::move(reply).sliced() : reply)};
        EXPECT_THAT(run_outcome("many.test", asking(server).family(patio::ip_family::v4)),
                    ::testing::UnorderedElementsAreArray(wanted));
        EXPECT_THAT(asked(server), ElementsAre("many.test A", "many.test A tcp"));
    }
}

TEST_P(resolving, fails_when_the_tcp_connection_ends_without_an_answer) {
    const dns_server server{[](const dns_question& question) {
        return question.is_tcp ? dns_reply::hang_up() : dns_reply{{"192.0.2.1"}}.truncated();
    }};
    EXPECT_EQ(run_failure("host.test", asking(server).tries(3)), patio::errc::name_server_failed);
}

TEST_P(resolving, does_not_take_more_addresses_than_the_limit) {
    const dns_server server{always(dns_reply{{"192.0.2.1", "192.0.2.2", "192.0.2.3"}})};
    EXPECT_EQ(run_outcome("host.test", asking(server).answers_max(3)).size(), 3U);
    EXPECT_EQ(run_failure("host.test", asking(server).answers_max(2)), patio::errc::limit_exceeded);
    EXPECT_THAT(run_outcome("host.test", asking(server).answers_max(2)),
                ElementsAre(::testing::StartsWith("answers_max = 2: ")));
}

TEST_P(resolving, tries_short_names_in_the_search_domains) {
    const dns_server server{[](const dns_question& question) {
        return question.name == "db.second.test" ? dns_reply{{"192.0.2.1"}}
                                                 : dns_reply::no_such_name();
    }};
    const auto with =
        asking(server).search_domains({"first.test", "second.test"}).family(patio::ip_family::v4);
    EXPECT_THAT(run_outcome("db", with), ElementsAre("192.0.2.1:80"));
    EXPECT_THAT(asked(server), ElementsAre("db.first.test A", "db.second.test A"));
    EXPECT_EQ(run_failure("db.", with), patio::errc::host_not_found);
    EXPECT_EQ(asked(server).back(), "db A") << "a name that ends with a dot is whole";
    EXPECT_EQ(server.question_count(), 3U);
}

TEST_P(resolving, honours_resolv_conf) {
    const dns_server server{always(dns_reply::no_such_name())};
    const std::string path = ::testing::TempDir() + "patio_resolv_conf";
    std::ofstream{path} << "nameserver 192.0.2.1\n"
                           "search one.test two.test\n"
                           "options ndots:2\n";
    const auto with = resolve_options{}
                          .name_servers({server.at()})
                          .resolv_conf(path)
                          .family(patio::ip_family::v4);
    EXPECT_EQ(run_failure("a.b", with), patio::errc::host_not_found);
    EXPECT_THAT(asked(server), ElementsAre("a.b.one.test A", "a.b.two.test A", "a.b A"));
    std::filesystem::remove(path);
}

TEST_P(resolving, looks_into_the_hosts_file_first) {
    const dns_server server{always(dns_reply{{"192.0.2.99"}})};
    const std::string path = ::testing::TempDir() + "patio_hosts";
    std::ofstream{path} << "192.0.2.1 Host.Test alias\n2001:db8::1 host.test\n";
    const auto with = asking(server).hosts_file(path);
    EXPECT_THAT(run_outcome("host.test", with), ElementsAre("192.0.2.1:80", "[2001:db8::1]:80"));
    EXPECT_THAT(run_outcome("HOST.test.", with), ElementsAre("192.0.2.1:80", "[2001:db8::1]:80"));
    EXPECT_EQ(run_failure("host.test", asking(server).hosts_file(path).answers_max(1)),
              patio::errc::limit_exceeded);
    EXPECT_EQ(server.question_count(), 0U);
    EXPECT_THAT(run_outcome("alias", asking(server).hosts_file(path).family(patio::ip_family::v6)),
                ElementsAre(::testing::StartsWith("resolving alias: ")));
    EXPECT_THAT(run_outcome("other.test", with), ElementsAre("192.0.2.99:80"));
    std::filesystem::remove(path);
    EXPECT_EQ(run_failure("host.test", with), std::errc::no_such_file_or_directory);
}

TEST_P(resolving, never_asks_a_server_for_localhost) {
    const dns_server server{always(dns_reply{{"192.0.2.1"}})};
    EXPECT_THAT(run_outcome("localhost", asking(server)), ElementsAre("[::1]:80", "127.0.0.1:80"));
    EXPECT_THAT(run_outcome("LocalHost.", asking(server).family(patio::ip_family::v4)),
                ElementsAre("127.0.0.1:80"));
    // The machine's own hosts file has it, or c-ares knows.
    EXPECT_THAT(run_outcome("localhost", resolve_options{}.family(patio::ip_family::v4)),
                ElementsAre("127.0.0.1:80"));
    EXPECT_EQ(server.question_count(), 0U);
}

TEST_P(resolving, lets_other_tasks_run_while_it_waits) {
    dns_server server{always(dns_reply{{"192.0.2.1"}}.held())};
    const auto main = [&]() -> patio::async<> {
        auto lookup = patio::create_task(outcome("host.test", asking(server).timeout(1h)));
        co_await patio::to_thread([&] { server.wait_for_questions(2); });
        EXPECT_FALSE(lookup.done());
        server.release();
        const texts lines = co_await lookup;
        EXPECT_THAT(lines, ElementsAre("192.0.2.1:80"));
    };
    patio::run(main(), options());
}

TEST_P(resolving, closes_everything_at_once_when_it_is_cancelled) {
    dns_server server{always(dns_reply{{"192.0.2.1"}}.held())};
    const auto main = [&]() -> patio::async<> {
        const std::size_t before = descriptor_count();
        auto lookup = patio::create_task(outcome("host.test", asking(server).timeout(1h)));
        while (server.question_count() < 2)
            co_await patio::sleep(100us);
        EXPECT_GT(descriptor_count(), before);
        lookup.cancel();
        co_await patio::yield();
        EXPECT_TRUE(lookup.done());
        EXPECT_EQ(descriptor_count(), before);
    };
    patio::run(main(), options());
}

TEST_P(resolving, ends_its_connection_at_once_when_it_is_cancelled) {
    dns_server server{[](const dns_question& question) {
        auto reply = dns_reply{{"192.0.2.1"}}.truncated();
        return question.is_tcp ? std::move(reply).held() : reply;
    }};
    const auto main = [&]() -> patio::async<> {
        const std::size_t before = descriptor_count();
        auto lookup = patio::create_task(outcome("host.test", asking(server).timeout(1h)));
        while (server.question_count() < 4)
            co_await patio::sleep(100us);
        EXPECT_EQ(descriptor_count(), before + 4)
            << "the watcher, the socket for UDP and both ends of the connection";
        lookup.cancel();
        co_await patio::yield();
        EXPECT_TRUE(lookup.done());
        EXPECT_LE(descriptor_count(), before + 1);
        // The server sees the end, and closes the other one.
        while (descriptor_count() != before)
            co_await patio::sleep(1ms);
    };
    patio::run(main(), options());
}

TEST_P(resolving, can_be_limited_in_time_as_a_whole) {
    const dns_server server{always(dns_reply::silence())};
    const auto main = [&]() -> patio::async<> {
        auto lookup = patio::resolve("host.test", 80, asking(server).timeout(1h));
        try {
            co_await patio::timeout(1ms, std::move(lookup));
            ADD_FAILURE();
        } catch (const patio::timed_out&) {  // the expected way
        }
    };
    patio::run(main(), options());
}

TEST_P(resolving, can_be_cancelled_at_every_moment) {
    // Over UDP and then TCP, and slowly, so that there are many moments.
    const dns_server server{always(dns_reply{{"192.0.2.1"}}.truncated().sliced())};
    const auto main = [&]() -> patio::async<> {
        int cancelled = 0;
        int completed = 0;
        const std::size_t before = descriptor_count();
        for (int turns = 0; completed < 3 && turns < 5000; ++turns) {
            auto lookup = patio::create_task(outcome("host.test", asking(server)));
            for (int i = 0; i < turns && !lookup.done(); ++i)
                co_await patio::sleep(5us);
            lookup.cancel();
            try {
                const texts lines = co_await lookup;
                EXPECT_THAT(lines, ElementsAre("192.0.2.1:80"));
                ++completed;
            } catch (const patio::task_cancelled&) {
                ++cancelled;
            }
            // The server's end of the connection is one of ours as well, until it sees the end.
            std::size_t now = descriptor_count();
            for (int i = 0; i < 5000 && now != before; ++i) {
                co_await patio::sleep(1ms);
                now = descriptor_count();
            }
            EXPECT_EQ(now, before);
        }
        EXPECT_GT(cancelled, 0);  // before it began, and on an idle machine many times more
        EXPECT_EQ(completed, 3);
    };
    patio::run(main(), options());
}

TEST_P(resolving, can_be_done_many_times_at_once) {
    const dns_server server{[](const dns_question& question) {
        const auto number = question.name.substr(1, question.name.find('.') - 1);
        return dns_reply{{"10.0.0." + number}};
    }};
    const auto main = [&]() -> patio::async<> {
        std::vector<patio::task<texts>> lookups;
        for (int i = 0; i < 100; ++i) {
            lookups.push_back(patio::create_task(
                outcome("h" + std::to_string(i) + ".test", asking(server).timeout(30s))));
        }
        for (std::size_t i = 0; i < lookups.size(); ++i) {
            const texts lines = co_await lookups[i];
            EXPECT_THAT(lines, ElementsAre("10.0.0." + std::to_string(i) + ":80"));
        }
    };
    patio::run(main(), options());
}

TEST_P(resolving, says_so_when_there_is_no_descriptor_left) {
    const dns_server server{always(dns_reply{{"192.0.2.1"}})};
    const auto main = [&]() -> patio::async<> {
        rlimit old{};
        ::getrlimit(RLIMIT_NOFILE, &old);
        // With none, one and two left: for the sockets, for the watcher, for the next socket.
        for (rlim_t left = 0; left < 2; ++left) {
            const patio::detail::file_descriptor next{::dup(0)};
            rlimit tight = old;
            tight.rlim_cur = static_cast<rlim_t>(next.value()) + 1 + left;
            ::setrlimit(RLIMIT_NOFILE, &tight);
            const auto code = co_await failure(
                "host.test", asking(server).hosts_file({}).resolv_conf("/dev/null"));
            ::setrlimit(RLIMIT_NOFILE, &old);
            EXPECT_EQ(code, std::errc::too_many_files_open) << left << " left: " << code.message();
        }
    };
    patio::run(main(), options());
}

TEST(resolving_numbers, asks_nobody) {
    // On a loop that cannot wait for sockets.
    const auto main = []() -> patio::async<> {
        const texts v4 = co_await outcome("127.0.0.1", {});
        EXPECT_THAT(v4, ElementsAre("127.0.0.1:80"));
        const texts v6 = co_await outcome("fe80::1%7", {});
        EXPECT_THAT(v6, ElementsAre("[fe80::1%7]:80"));
        const auto none =
            co_await failure("127.0.0.1", resolve_options{}.family(patio::ip_family::v6));
        EXPECT_EQ(none, patio::errc::host_not_found);
    };
    patio::testing::run(main());
}

TEST(resolving_text, that_is_no_name_is_malformed) {
    const auto main = []() -> patio::async<> {
        texts malformed{"",
                        ".",
                        "a b",
                        "a/b",
                        "[::1]",
                        "host:80",
                        "::1::",
                        "a\0b"s,
                        "a\nb",
                        "ü.de",
                        "a@b",
                        "1.2.3.4 ",
                        std::string(254, 'a')};
        for (const std::string& text : malformed) {
            const auto code = co_await failure(text, {});
            EXPECT_EQ(code, patio::errc::malformed) << text;
        }
        for (const char* text : {"a..b", ".a"}) {
            const auto code = co_await failure(text, {});
            EXPECT_EQ(code, patio::errc::malformed) << text;
        }
        const auto long_label = co_await failure(std::string(64, 'a') + ".test", {});
        EXPECT_EQ(long_label, patio::errc::malformed);
    };
    patio::testing::run(main());
}

TEST(resolving_services, gives_their_port) {
    const auto main = []() -> patio::async<> {
        const auto named = co_await patio::resolve("127.0.0.1", "http");
        EXPECT_EQ(named.front().port(), 80);
        const auto numbered = co_await patio::resolve("127.0.0.1", "8080");
        EXPECT_EQ(numbered.front().port(), 8080);
        try {
            co_await patio::resolve("127.0.0.1", "no-such-service");
            ADD_FAILURE();
        } catch (const patio::error& e) {
            EXPECT_EQ(e.code(), patio::errc::malformed);
            EXPECT_NE(std::string{e.what()}.find("no-such-service"), std::string::npos);
        }
    };
    patio::testing::run(main());
}

TEST(resolving_names, lets_others_run_although_the_hosts_file_has_them) {
    const auto main = []() -> patio::async<> {
        bool has_run = false;
        const auto set = [&]() -> patio::async<> {
            has_run = true;
            co_return;
        };
        auto other = patio::create_task(set());
        const texts lines =
            co_await outcome("localhost", resolve_options{}.hosts_file("/dev/null"));
        EXPECT_EQ(lines.size(), 2U);
        EXPECT_TRUE(has_run);
        co_await other;
    };
    patio::testing::run(main());
}

TEST(resolving_names, needs_a_loop_that_waits_for_files) {
    const dns_server server{always(dns_reply{{"192.0.2.1"}})};
    const auto main = [&]() -> patio::async<> {
        co_await patio::resolve("host.test", 80, asking(server));
    };
    EXPECT_THROW(patio::testing::run(main()), patio::usage_error);
}

TEST(resolve_options, refuse_what_makes_no_sense) {
    EXPECT_THROW(resolve_options{}.timeout(0s), patio::usage_error);
    EXPECT_THROW(resolve_options{}.tries(0), patio::usage_error);
    EXPECT_THROW(resolve_options{}.name_servers({patio::endpoint::parse("/run/x")}),
                 patio::usage_error);
    EXPECT_THROW(resolve_options{}.name_servers({patio::endpoint::parse("[fe80::1%1]:53")}),
                 patio::usage_error);
}

}  // namespace
