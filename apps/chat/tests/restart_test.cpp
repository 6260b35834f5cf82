// SPDX-License-Identifier: MIT

// The program itself, as a child that is killed and started again on the same file: nothing that
// was acknowledged is lost, and everybody reads the same, once and in one order.

#include "talker.hpp"

#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/io/process.hpp>
#include <patio/io/run.hpp>
#include <patio/ws/connect.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace {

using chat_test::async;
using chat_test::json;
using chat_test::talker;
using patio::duration;

constexpr int person_count = 6;
constexpr int messages_each = 15;
constexpr int kill_count = 3;
constexpr std::size_t message_count = person_count * messages_each;

/// An address of this test's own (127.0.0.0/8 is all of this host): while the server is away nobody
/// else takes its port, not even for the near end of a connection.
std::string own_address() {
    const int number = ::getpid();
    return "127." + std::to_string(number / 250 % 250 + 1) + '.' + std::to_string(number % 250) +
           ".1:0";
}

/// The child, and where it listens.
class server {
public:
    async<> start(std::string data) {
        auto options = patio::process_options{PATIO_CHAT, "--listen",      listen_, "--data",
                                              data,       "--per-address", "0"};
        options.std_out(patio::redirect::pipe());
        auto starting = patio::start_process(std::move(options));
        child_.emplace(co_await std::move(starting));
        const auto line = co_await child_->std_out().read_line();
        const std::string said = line.value_or("");
        const std::size_t scheme = said.find("http://");
        if (scheme == std::string::npos) throw std::runtime_error{"the server did not start"};
        const std::size_t begin = scheme + 7;
        listen_ = said.substr(begin, said.find('/', begin) - begin);
        is_up_.set();
    }
    async<patio::exit_status> end(int signal) {
        is_up_.clear();
        child_->send_signal(signal);
        auto waiting = child_->wait();
        co_return co_await std::move(waiting);
    }
    /// Where it is, as soon as it is there.
    async<std::string> url() {
        co_await is_up_.wait();
        co_return "ws://" + listen_ + "/ws";
    }

private:
    std::optional<patio::process> child_;
    std::string listen_ = own_address();  // the same port again, the next time
    patio::event is_up_;
};

/// What one person has said and read, over all of its connections.
struct story {
    std::string name;
    std::string epoch;
    std::int64_t last = 0;
    int said = 0;                               // acknowledged
    std::map<std::string, std::int64_t> given;  // key: id, as acknowledged
    std::vector<std::int64_t> ids;
    std::vector<std::string> keys;
    std::size_t awaited = 0;  // when so many are read, has_read is set
    patio::event has_read;
};

void take(story& of, const json& message) {
    const std::int64_t id = message["id"];
    EXPECT_GT(id, of.last) << "twice, or out of order";
    of.last = id;
    of.ids.push_back(id);
    of.keys.push_back(message["key"]);
    if (of.keys.size() >= of.awaited) of.has_read.set();
}

std::int64_t next_key(const story& of) { return (of.name.back() - '0') * 1'000 + of.said; }

/// One connection, until it breaks or everything is said and read.
async<> connection_of(story& of, std::string url) {
    auto connecting = patio::ws::connect(std::move(url));
    talker self{co_await std::move(connecting)};
    auto joining = self.join(of.name, "lobby", of.last, of.epoch);
    const json seen = co_await std::move(joining);
    EXPECT_TRUE(of.last == 0 || !seen["reset"]);
    for (const json& each : seen["messages"])
        take(of, each);
    bool is_saying = false;
    while (of.said < messages_each || of.keys.size() < message_count) {
        if (!is_saying && of.said < messages_each) {
            auto writing = self.write(next_key(of), of.name);
            co_await std::move(writing);
            is_saying = true;
        }
        auto hearing = self.hear();
        const json heard = co_await std::move(hearing);
        if (heard.is_null()) co_return;
        if (heard["type"] == "message") take(of, heard);
        if (heard["type"] == "sent") {
            of.given[heard["key"]] = heard["id"];
            ++of.said;
            is_saying = false;
        }
        if (heard["type"] == "slow_down") {
            const duration wait = duration::milliseconds(heard["retry_ms"].get<std::int64_t>());
            co_await patio::sleep(wait);
            is_saying = false;
        }
    }
}

async<> live(story& of, server& at) {
    while (of.said < messages_each || of.keys.size() < message_count) {
        std::string url = co_await at.url();
        auto connecting = connection_of(of, std::move(url));
        co_await patio::as_outcome(std::move(connecting));  // it breaks whenever the server ends
    }
}

/// Until somebody has read so many messages more, or all: in the middle of talking.
async<> read_on(story& of, std::size_t count) {
    of.awaited = std::min(of.keys.size() + count, message_count);
    of.has_read.clear();
    if (of.keys.size() < of.awaited) co_await of.has_read.wait();
}

/// The epoch does not change, so everybody may know it from the beginning.
async<std::string> epoch_of(server& at) {
    std::string url = co_await at.url();
    auto connecting = patio::ws::connect(std::move(url));
    talker self{co_await std::move(connecting)};
    co_await self.hello("x");
    const json welcome = co_await self.hear("welcome");
    co_return welcome["epoch"].get<std::string>();
}

void check(const std::vector<story>& all) {
    for (const story& each : all) {
        EXPECT_EQ(each.ids, all.front().ids);
        EXPECT_EQ(each.keys, all.front().keys);
        EXPECT_EQ(each.ids.size(), message_count) << "lost, or there twice";
        std::map<std::string, std::int64_t> read;
        for (std::size_t i = 0; i < each.keys.size(); ++i)
            read[each.keys[i]] = each.ids[i];
        for (const auto& [key, id] : each.given)
            EXPECT_EQ(read[key], id);
    }
}

class restarts : public patio::test_support::on_each_driver {
protected:
    patio::test_support::scratch_directory place;

    /// Everybody talks while the server is ended and started again, and again.
    void run_evening(int signal) {
        const auto main = [&]() -> async<> {
            server site;
            std::vector<story> people(person_count);
            co_await site.start(place / "chat.db");
            const std::string epoch = co_await epoch_of(site);
            const auto body = [&](patio::task_group& group) -> async<> {
                for (std::size_t i = 0; i < people.size(); ++i) {
                    people[i].name = "p" + std::to_string(i);
                    people[i].epoch = epoch;
                    group.spawn(live(people[i], site));
                }
                for (int i = 0; i < kill_count; ++i) {
                    co_await read_on(people.front(), 10);
                    const patio::exit_status ended = co_await site.end(signal);
                    if (signal == SIGKILL)
                        EXPECT_EQ(ended.signal(), SIGKILL);
                    else
                        EXPECT_TRUE(ended.success()) << ended.to_string();
                    co_await site.start(place / "chat.db");
                }
            };
            auto running = patio::with_task_group(body);
            co_await std::move(running);
            const patio::exit_status ended = co_await site.end(SIGTERM);
            EXPECT_TRUE(ended.success());
            check(people);
        };
        patio::run(main(), options());
    }
};
PATIO_TEST_ON_EACH_DRIVER(restarts);

TEST_P(restarts, by_kill_lose_nothing_that_was_acknowledged) { run_evening(SIGKILL); }
TEST_P(restarts, that_are_orderly_lose_nothing) { run_evening(SIGTERM); }

}  // namespace
