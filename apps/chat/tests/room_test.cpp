// SPDX-License-Identifier: MIT

// Who hears what in a room, and in which order.

#include "room.hpp"

#include "limits.hpp"
#include "outbox.hpp"

#include <patio/core/sleep.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using chat::frame;
using chat::outbox;
using chat::room;
using chat::seat;
using nlohmann::json;
using patio::async;

/// Somebody's place, and what has come there.
class guest {
public:
    guest(const std::shared_ptr<room>& in, const std::string& person)
        : mail_{chat::queue_bytes_max}, seat_{std::make_unique<seat>(in, person, mail_)} {}

    async<json> hear() {
        const frame next = co_await mail_.next();
        json read;
        if (next) read = json::parse(*next);
        co_return read;
    }
    async<frame> hear_frame() {
        auto hearing = mail_.next();
        co_return co_await std::move(hearing);
    }
    void open(std::int64_t last) { seat_->open(R"({"type":"joined"})", last); }
    [[nodiscard]] std::unique_ptr<seat>& place() { return seat_; }
    [[nodiscard]] outbox& mail() { return mail_; }

private:
    outbox mail_;
    std::unique_ptr<seat> seat_;
};

chat::message saying(std::int64_t id, const std::string& text = "x") {
    chat::message said;
    said.id = id;
    said.room = "lobby";
    said.text = text;
    return said;
}

TEST(a_room, gives_one_text_to_a_thousand_people) {
    const auto main = []() -> async<> {
        const auto lobby = std::make_shared<room>("lobby");
        std::vector<std::unique_ptr<guest>> all;
        for (int i = 0; i < 1'000; ++i) {
            all.push_back(std::make_unique<guest>(lobby, std::to_string(i)));
            all.back()->open(0);
            co_await all.back()->hear();
        }
        lobby->publish(saying(1));
        frame first;
        for (const auto& each : all) {
            const frame heard = co_await each->hear_frame();
            if (!first) first = heard;
            EXPECT_EQ(heard.get(), first.get());
        }
    };
    patio::testing::run(main);
}

TEST(a_room, keeps_back_what_is_said_while_the_store_is_read) {
    const auto main = []() -> async<> {
        const auto lobby = std::make_shared<room>("lobby");
        guest ann{lobby, "ann"};
        lobby->publish(saying(5, "in the store, too"));
        lobby->name("ben", "Ben");
        lobby->publish(saying(6));
        ann.open(5);
        lobby->publish(saying(7));
        const json joined = co_await ann.hear();
        const json first = co_await ann.hear();
        const json second = co_await ann.hear();
        EXPECT_EQ(joined["type"], "joined");
        EXPECT_EQ(first["id"], 6);
        EXPECT_EQ(second["id"], 7);
        EXPECT_EQ(lobby->last(), 7);
    };
    patio::testing::run(main);
}

TEST(a_room, does_not_repeat_what_the_store_has_shown_before) {
    const auto main = []() -> async<> {
        const auto lobby = std::make_shared<room>("lobby");
        guest ann{lobby, "ann"};
        ann.open(9);  // read from the store before it was published
        lobby->publish(saying(9));
        lobby->publish(saying(10));
        const json joined = co_await ann.hear();
        EXPECT_EQ(joined["type"], "joined");
        const json next = co_await ann.hear();
        EXPECT_EQ(next["id"], 10);
    };
    patio::testing::run(main);
}

TEST(a_room, counts_people_and_not_their_connections) {
    const auto main = []() -> async<> {
        const auto lobby = std::make_shared<room>("lobby");
        guest phone{lobby, "ann"};
        guest desk{lobby, "ann"};
        EXPECT_EQ(lobby->count(), 0U);
        lobby->name("ann", "Ann");
        EXPECT_EQ(lobby->count(), 1U);
        phone.place()->leave();
        lobby->part(patio::now());
        EXPECT_EQ(lobby->count(), 1U);
        desk.place().reset();
        EXPECT_EQ(lobby->count(), 1U) << "may come back";
        lobby->part(patio::now());
        EXPECT_EQ(lobby->count(), 0U);
        EXPECT_TRUE(lobby->is_empty());
        co_return;
    };
    patio::testing::run(main);
}

TEST(an_outbox, ends_who_does_not_read) {
    const auto main = []() -> async<> {
        outbox mail{100};
        mail.put(std::string(60, 'a'));
        mail.put(std::string(60, 'b'));
        EXPECT_TRUE(mail.has_ended());
        EXPECT_EQ(mail.code(), patio::ws::close_code::try_again_later);
        EXPECT_EQ(mail.bytes(), 0U) << "what waits is not kept";
        const frame none = co_await mail.next();
        EXPECT_FALSE(none);
    };
    patio::testing::run(main);
}

TEST(an_outbox, lets_one_page_in_beyond_its_limit) {
    const auto main = []() -> async<> {
        outbox mail{100};
        mail.put_page(std::string(1'000, 'p'));
        mail.put(std::string(100, 'a'));
        EXPECT_FALSE(mail.has_ended());
        const frame page = co_await mail.next();
        EXPECT_EQ(page->size(), 1'000U);
        mail.put_page(std::string(1'000, 'p'));
        EXPECT_FALSE(mail.has_ended());
        mail.put_page("p");
        EXPECT_TRUE(mail.has_ended());
    };
    patio::testing::run(main);
}

TEST(an_outbox, gives_what_waits_before_its_end) {
    const auto main = []() -> async<> {
        outbox mail{100};
        mail.put("last words");
        mail.end(patio::ws::close_code::service_restart, "restart");
        mail.end(patio::ws::close_code::normal);
        mail.put("too late");
        const frame last = co_await mail.next();
        EXPECT_EQ(*last, "last words");
        const frame none = co_await mail.next();
        EXPECT_FALSE(none);
        EXPECT_EQ(mail.code(), patio::ws::close_code::service_restart);
    };
    patio::testing::run(main);
}

}  // namespace
