// SPDX-License-Identifier: MIT

// What a client gets for what it says: over lines in memory, on virtual time, with a store in
// memory where nothing else is said.

#include "session.hpp"

#include "full_disk.hpp"
#include "hall.hpp"
#include "limits.hpp"
#include "store.hpp"
#include "talker.hpp"

#include "support/scratch.hpp"
#include "support/ws_pair.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/task_group.hpp>
#include <patio/testing/cancel_everywhere.hpp>
#include <patio/testing/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

namespace {

using chat_test::async;
using chat_test::json;
using chat_test::key_of;
using chat_test::talker;
using patio::duration;

async<> serve_one(chat::hall* in, patio::ws::connection peer) {
    chat::session talking{*in, std::move(peer)};
    auto running = talking.run();
    co_await std::move(running);
}

/// A hall that runs, with clients that come in.
class place {
public:
    place(chat::hall& in, patio::task_group& of) noexcept : everybody{in}, group_{of} {}

    async<talker> come(patio::testing::memory_options line = {}) {
        auto opening = patio::test_support::open_ws_pair(line);
        auto pair = co_await std::move(opening);
        group_.spawn(serve_one(&everybody, std::move(pair.server)));
        talker made{std::move(pair.client)};
        co_return made;
    }
    chat::hall& everybody;

private:
    patio::task_group& group_;
};

void in_a_place(const std::function<async<>(place&)>& evening, chat::limits most = {},
                const std::string& data = ":memory:") {
    const auto main = [&]() -> async<> {
        chat::store kept = co_await chat::store::open(data);
        chat::hall everybody{kept, most};
        const auto body = [&](patio::task_group& group) -> async<> {
            group.spawn(everybody.run());
            place here{everybody, group};
            auto passing = evening(here);
            co_await std::move(passing);
            everybody.close();
            group.cancel();
        };
        auto running = patio::with_task_group(body);
        co_await std::move(running);
    };
    patio::testing::run(main);
}

TEST(a_session, welcomes_and_shows_the_room) {
    in_a_place([](place& here) -> async<> {
        talker ann = co_await here.come();
        const json seen = co_await ann.join("Ann");
        EXPECT_EQ(seen["room"], "lobby");
        EXPECT_EQ(seen["name"], "Ann");
        EXPECT_EQ(seen["reset"], true);
        EXPECT_EQ(seen["count"], 1);
        EXPECT_EQ(seen["people"][0]["name"], "Ann");
        const json rooms = co_await ann.hear("rooms");
        EXPECT_EQ(rooms["rooms"][0]["room"], "lobby");
    });
}

TEST(a_session, brings_what_is_said_to_all_in_the_room) {
    in_a_place([](place& here) -> async<> {
        talker ann = co_await here.come();
        talker ben = co_await here.come();
        co_await ann.join("Ann");
        co_await ben.join("Ben");
        co_await ann.write(1, "<b>hi</b>");
        const json message = co_await ann.hear("message");
        const json sent = co_await ann.hear("sent");
        const json heard = co_await ben.hear("message");
        EXPECT_EQ(sent["id"], message["id"]);
        EXPECT_EQ(heard, message);
        EXPECT_EQ(heard["text"], "<b>hi</b>");
        EXPECT_EQ(heard["key"], key_of(1));
    });
}

TEST(a_session, stores_what_is_sent_again_once) {
    in_a_place([](place& here) -> async<> {
        talker ann = co_await here.come();
        co_await ann.join("Ann");
        co_await ann.write(1, "one");
        const json first = co_await ann.hear("sent");
        co_await ann.write(1, "one");
        const json again = co_await ann.hear("sent");
        EXPECT_EQ(again["id"], first["id"]);
        EXPECT_EQ(again["time"], first["time"]);
        co_await ann.write(2, "two");
        const json next = co_await ann.hear("message");
        EXPECT_EQ(next["text"], "two");
    });
}

TEST(a_session, gives_one_that_comes_back_what_it_missed) {
    in_a_place([](place& here) -> async<> {
        std::int64_t last = 0;
        std::string epoch;
        {
            talker ann = co_await here.come();
            co_await ann.hello("Ann");
            const json welcome = co_await ann.hear("welcome");
            epoch = welcome["epoch"];
            co_await ann.go("lobby", "Ann");
            co_await ann.write(1, "seen");
            const json sent = co_await ann.hear("sent");
            last = sent["id"];
        }
        talker ben = co_await here.come();
        co_await ben.join("Ben");
        co_await ben.write(2, "missed");
        co_await ben.write(3, "missed too");
        co_await ben.hear("sent");
        co_await ben.hear("sent");
        talker ann = co_await here.come();
        const json seen = co_await ann.join("Ann", "lobby", last, epoch);
        EXPECT_EQ(seen["reset"], false);
        EXPECT_EQ(seen["messages"].size(), 2U);
        EXPECT_EQ(seen["messages"][0]["text"], "missed");
        talker other = co_await here.come();
        const json anew = co_await other.join("Ann", "lobby", last, "another");
        EXPECT_EQ(anew["reset"], true);
        EXPECT_EQ(anew["messages"].size(), 3U);
    });
}

TEST(a_session, says_who_comes_and_goes) {
    in_a_place([](place& here) -> async<> {
        talker ann = co_await here.come();
        co_await ann.join("Ann");
        {
            talker ben = co_await here.come();
            co_await ben.join("Ben");
            const json came = co_await ann.hear("here");
            EXPECT_EQ(came["name"], "Ben");
            EXPECT_EQ(came["count"], 2);
        }
        const patio::time_point left = patio::now();
        const json gone = co_await ann.hear("gone");
        EXPECT_EQ(gone["count"], 1);
        EXPECT_GE(patio::now() - left, duration::seconds(5));
        EXPECT_LE(patio::now() - left, duration::seconds(7));
    });
}

TEST(a_session, says_at_once_who_goes_to_another_room) {
    in_a_place([](place& here) -> async<> {
        talker ann = co_await here.come();
        talker ben = co_await here.come();
        co_await ann.join("Ann");
        co_await ben.join("Ben");
        const patio::time_point left = patio::now();
        co_await ben.go("den", "Ben");
        co_await ann.hear("gone");
        EXPECT_LT(patio::now() - left, duration::seconds(1));
        co_await ben.write(1, "x", "lobby");
        const json refused = co_await ben.hear("error");
        EXPECT_EQ(refused["code"], "not_joined");
        EXPECT_EQ(refused["key"], key_of(1));
    });
}

TEST(a_session, gives_a_name_once) {
    in_a_place([](place& here) -> async<> {
        talker ann = co_await here.come();
        talker ben = co_await here.come();
        co_await ann.join("Ann");
        co_await ben.hello("Ben");
        co_await ben.go("lobby", "ann");
        const json seen = co_await ben.hear("joined");
        EXPECT_TRUE(seen["name"].is_null());
        EXPECT_EQ(seen["count"], 1);
        const json taken = co_await ben.hear("error");
        EXPECT_EQ(taken["code"], "name_taken");
        co_await ben.write(1, "who am I?");
        const json nobody = co_await ben.hear("error");
        EXPECT_EQ(nobody["code"], "name_needed");
        co_await ben.claim("Ben");
        const json named = co_await ben.hear("here");
        EXPECT_EQ(named["name"], "Ben");
        EXPECT_EQ(named["count"], 2);
    });
}

TEST(a_session, slows_down_who_says_too_much) {
    in_a_place([](place& here) -> async<> {
        talker ann = co_await here.come();
        co_await ann.join("Ann");
        for (int i = 0; i < 10; ++i) {
            co_await ann.write(i, "again");
            co_await ann.hear("sent");
        }
        co_await ann.write(10, "once more");
        const json slow = co_await ann.hear("slow_down");
        EXPECT_EQ(slow["for"], "send");
        EXPECT_EQ(slow["key"], key_of(10));
        co_await ann.write(3, "again");  // known: costs nothing
        co_await ann.hear("sent");
        co_await patio::sleep(duration::milliseconds(slow["retry_ms"].get<std::int64_t>()));
        co_await ann.write(10, "once more");
        co_await ann.hear("sent");
    });
}

TEST(a_session, tells_others_who_writes_but_not_too_often) {
    in_a_place([](place& here) -> async<> {
        talker ann = co_await here.come();
        talker ben = co_await here.come();
        co_await ann.join("Ann");
        co_await ben.join("Ben");
        co_await ann.hear("here");
        co_await ben.type();
        co_await ben.type();
        co_await ben.write(1, "done");
        const json typing = co_await ann.hear("typing");
        EXPECT_EQ(typing["name"], "Ben");
        json next = co_await ann.hear();
        while (next["type"] == "rooms") {
            json after = co_await ann.hear();
            next = std::move(after);
        }
        EXPECT_EQ(next["type"], "message");
    });
}

TEST(a_session, pages_back) {
    in_a_place([](place& here) -> async<> {
        talker ann = co_await here.come();
        co_await ann.join("Ann");
        std::int64_t last = 0;
        for (int i = 0; i < 5; ++i) {
            co_await ann.write(i, std::to_string(i));
            const json sent = co_await ann.hear("sent");
            last = sent["id"];
        }
        co_await ann.more(last);
        const json history = co_await ann.hear("history");
        EXPECT_EQ(history["messages"].size(), 4U);
        EXPECT_EQ(history["has_older"], false);
        EXPECT_EQ(history["before"], last);
    });
}

TEST(a_session, ends_who_never_says_hello) {
    in_a_place([](place& here) -> async<> {
        talker silent = co_await here.come();
        const patio::time_point came = patio::now();
        const json end = co_await silent.hear();
        EXPECT_TRUE(end.is_null());
        EXPECT_EQ(silent.peer.close_code(), patio::ws::close_code::policy_violation);
        EXPECT_EQ(patio::now() - came, duration::seconds(10));
    });
}

TEST(a_session, ends_who_speaks_another_protocol) {
    in_a_place([](place& here) -> async<> {
        talker future = co_await here.come();
        json hello = {{"type", "hello"}, {"protocol", 2}};
        co_await future.say(std::move(hello));
        const json refused = co_await future.hear("error");
        EXPECT_EQ(refused["code"], "protocol_unsupported");
        const json end = co_await future.hear();
        EXPECT_TRUE(end.is_null());
        EXPECT_EQ(future.peer.close_code(), patio::ws::close_code::policy_violation);
    });
}

TEST(a_session, ends_who_talks_nonsense) {
    in_a_place([](place& here) -> async<> {
        talker odd = co_await here.come();
        for (int i = 0; i < 10; ++i) {
            co_await odd.peer.send("{\"type\":");
            const json refused = co_await odd.hear("error");
            EXPECT_EQ(refused["code"], "bad_message");
        }
        const json end = co_await odd.hear();
        EXPECT_TRUE(end.is_null());
        EXPECT_EQ(odd.peer.close_code(), patio::ws::close_code::policy_violation);
    });
}

TEST(a_session, takes_text_only) {
    in_a_place([](place& here) -> async<> {
        talker odd = co_await here.come();
        const std::string bytes = "bytes";
        co_await odd.peer.send_binary(bytes);
        const json end = co_await odd.hear();
        EXPECT_TRUE(end.is_null());
        EXPECT_EQ(odd.peer.close_code(), patio::ws::close_code::unsupported_data);
    });
}

TEST(a_session, has_rooms_and_places_for_so_many) {
    chat::limits most;
    most.rooms_max = 1;
    most.room_people_max = 1;
    const auto evening = [](place& here) -> async<> {
        talker ann = co_await here.come();
        co_await ann.join("Ann");
        co_await ann.go("den");
        const json no_room = co_await ann.hear("error");
        EXPECT_EQ(no_room["code"], "rooms_full");
        co_await ann.go("../etc");
        const json bad_room = co_await ann.hear("error");
        EXPECT_EQ(bad_room["code"], "room_bad");
        talker ben = co_await here.come();
        co_await ben.hello("Ben");
        co_await ben.go("lobby");
        const json no_place = co_await ben.hear("error");
        EXPECT_EQ(no_place["code"], "room_full");
    };
    in_a_place(evening, most);
}

// Whether there is a place is asked before the store is, and the answer must still hold behind it.
TEST(a_session, gives_the_last_place_once) {
    chat::limits most;
    most.room_people_max = 1;
    const auto evening = [](place& here) -> async<> {
        talker ann = co_await here.come();
        talker ben = co_await here.come();
        co_await ann.hello("Ann");
        co_await ben.hello("Ben");
        co_await patio::gather(ann.go("lobby", "Ann"), ben.go("lobby", "Ben"));
        co_await ann.hear("welcome");
        co_await ben.hear("welcome");
        const json one = co_await ann.hear();
        const json other = co_await ben.hear();
        EXPECT_NE(one["type"] == "joined", other["type"] == "joined");
        EXPECT_TRUE(one.value("code", "") == "room_full" || other.value("code", "") == "room_full");
    };
    in_a_place(evening, most);
}

TEST(a_session, on_a_full_disk_reads_and_says_it_later) {
    const patio::test_support::scratch_directory directory;
    const auto evening = [](place& here) -> async<> {
        talker ann = co_await here.come();
        co_await ann.join("Ann");
        co_await ann.write(1, "stored");
        co_await ann.hear("sent");
        {
            const chat_test::full_disk none{4'096};
            co_await ann.write(2, "not stored");
            const json refused = co_await ann.hear("error");
            EXPECT_EQ(refused["code"], "unavailable");
            EXPECT_EQ(refused["for"], "send");
            EXPECT_EQ(refused["key"], key_of(2));
            talker again = co_await here.come();
            const json seen = co_await again.join("Ann");
            EXPECT_EQ(seen["messages"].size(), 1U);
            talker ben = co_await here.come();
            co_await ben.hello("Ben");
            co_await ben.go("lobby", "Ben");
            const json later = co_await ben.hear("error");
            EXPECT_EQ(later["code"], "unavailable");
            EXPECT_EQ(later["for"], "join");
        }
        co_await ann.write(2, "stored at last");
        const json message = co_await ann.hear("message");
        EXPECT_EQ(message["text"], "stored at last");
    };
    in_a_place(evening, {}, directory / "chat.db");
}

TEST(a_session, that_reads_nothing_is_ended_and_slows_nobody) {
    in_a_place([](place& here) -> async<> {
        talker slow = co_await here.come(patio::testing::memory_options{}.buffer_bytes(2'000));
        co_await slow.join("Slow");
        talker ann = co_await here.come();
        const json seen = co_await ann.join("Ann");
        EXPECT_EQ(seen["count"], 2);
        const std::string text(4'000, 'x');
        const patio::time_point begin = patio::now();
        bool is_gone = false;
        for (int said = 0; said < 80;) {
            co_await ann.write(said, text);
            json heard;
            while (heard["type"] != "sent" && heard["type"] != "slow_down") {
                json next = co_await ann.hear();
                heard = std::move(next);
                if (heard["type"] == "gone") is_gone = true;
            }
            if (heard["type"] == "sent")
                ++said;
            else
                co_await patio::sleep(
                    duration::milliseconds(heard["retry_ms"].get<std::int64_t>()));
        }
        EXPECT_LE(patio::now() - begin, duration::seconds(75));  // as fast as its rate lets it
        EXPECT_TRUE(is_gone);
    });
}

/// Does a little of everything, and counts what is acknowledged.
async<> visit(talker& self, int& acknowledged) {
    co_await self.join("Ann");
    for (int i = 0; i < 2; ++i) {
        co_await self.write(i, std::to_string(i));
        co_await self.hear("sent");
        ++acknowledged;
    }
    co_await self.type();
    co_await self.claim("Anna");
    co_await self.more(2);
    co_await self.hear("history");
    co_await self.go("den", "Ann");
    co_await self.hear("joined");
    co_await self.peer.close();
}

TEST(a_session, that_is_cancelled_anywhere_leaves_nothing_behind) {
    const auto evening = [](patio::testing::probe& marked) -> async<> {
        chat::store kept = co_await chat::store::open(":memory:");
        chat::hall everybody{kept, {}};
        const auto body = [&](patio::task_group& group) -> async<> {
            group.spawn(everybody.run());
            auto opening = patio::test_support::open_ws_pair();
            auto pair = co_await std::move(opening);
            talker ann{std::move(pair.client)};
            int acknowledged = 0;
            const auto visiting = [&]() -> async<> {
                co_await patio::as_outcome(visit(ann, acknowledged));  // it may be cut
            };
            auto there = group.spawn(visiting());
            auto serving = serve_one(&everybody, std::move(pair.server));
            auto cut = marked.cancelled(std::move(serving));
            co_await std::move(cut);
            co_await there;

            co_await patio::sleep(duration::seconds(7));
            place here{everybody, group};
            talker ben = co_await here.come();
            const json seen = co_await ben.join("Ben");
            EXPECT_EQ(seen["count"], 1) << "somebody is still here";
            const auto count = static_cast<int>(seen["messages"].size());
            EXPECT_TRUE(count == acknowledged || count == acknowledged + 1);
            everybody.close();
            group.cancel();
        };
        auto running = patio::with_task_group(body);
        co_await std::move(running);
    };
    EXPECT_GT(patio::testing::cancel_everywhere(evening), 50U);
}

TEST(a_restart, is_told_to_everybody) {
    in_a_place([](place& here) -> async<> {
        talker ann = co_await here.come();
        co_await ann.join("Ann");
        here.everybody.restart();
        const json told = co_await ann.hear("restarting");
        EXPECT_GE(told["spread_ms"], 1000);
        const json end = co_await ann.hear();
        EXPECT_TRUE(end.is_null());
        EXPECT_EQ(ann.peer.close_code(), patio::ws::close_code::service_restart);
    });
}

}  // namespace
