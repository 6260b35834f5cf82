// SPDX-License-Identifier: MIT

// What a client says is read, or refused with words; nothing that it sends gets further.

#include "protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

const std::string token(22, 't');
const std::string key(16, 'k');

template <class T>
T read_as(const json& said) {
    return std::get<T>(chat::read_request(said.dump()));
}
std::string fault_of(const std::string& frame) {
    const chat::request read = chat::read_request(frame);
    const auto* bad = std::get_if<chat::bad_message>(&read);
    return bad == nullptr ? "" : bad->text;
}

TEST(a_client, says_hello_and_joins) {
    const auto hello = read_as<chat::hello>({{"type", "hello"}, {"protocol", 1}, {"token", token}});
    EXPECT_EQ(hello.token, token);
    const auto join = read_as<chat::join>({{"type", "join"},
                                           {"room", "lobby"},
                                           {"name", "Ann"},
                                           {"last", 41},
                                           {"epoch", "e"},
                                           {"later", {1, 2}}});
    EXPECT_EQ(join.room, "lobby");
    EXPECT_EQ(join.name, "Ann");
    EXPECT_EQ(join.last, 41);
    EXPECT_EQ(join.epoch, "e");
    const auto bare = read_as<chat::join>({{"type", "join"}, {"room", "lobby"}});
    EXPECT_FALSE(bare.name);
    EXPECT_EQ(bare.last, 0);
}

TEST(a_client, of_another_protocol_is_told_so_whatever_its_token) {
    const auto hello = read_as<chat::hello>({{"type", "hello"}, {"protocol", 2}, {"token", "?"}});
    EXPECT_EQ(hello.protocol, 2);
}

TEST(a_client, may_know_more_types) {
    EXPECT_TRUE(std::holds_alternative<chat::unknown>(chat::read_request(R"({"type":"dance"})")));
}

TEST(what_is_no_message, is_refused_in_words) {
    for (const std::string bad :
         {"", "{", "[]", "null", "{}", R"({"type":1})", R"({"type":"send","room":"a"})",
          R"({"type":"join","room":7})", R"({"type":"join","room":"a","last":-1})",
          R"({"type":"join","room":"a","last":1.5})", R"({"type":"more","room":"a","before":0})",
          R"({"type":"more","room":"a","before":9007199254740992})",
          R"({"type":"more","room":"a","before":99999999999999999999999})",
          R"({"type":"hello","protocol":1,"token":"short"})", R"({"type":"ping"}{)"})
        EXPECT_NE(fault_of(bad), "") << bad;
    EXPECT_NE(fault_of("{\"type\":\"join\",\"room\":\"\\ud800\"}"), "");
}

TEST(what_is_no_message, may_be_deep_without_cost) {
    EXPECT_NE(fault_of(R"({"type":"ping","x":)" + std::string(16'000, '[')), "");
    const std::string deep = std::string(5'000, '[') + std::string(5'000, ']');
    EXPECT_NE(fault_of(R"({"type":"ping","x":)" + deep + "}"), "");
}

TEST(what_is_no_message, is_refused_with_its_key) {
    const json said{{"type", "send"}, {"room", "a"}, {"key", key}};
    const auto bad = read_as<chat::bad_message>(said);
    EXPECT_EQ(bad.type, "send");
    EXPECT_EQ(bad.key, key);
}

TEST(a_message, is_written_with_everything_escaped) {
    chat::message said;
    said.id = 7;
    said.room = "lobby";
    said.text = "\"<b>\n\\ \xC3\xA9";
    const json read = json::parse(chat::write_message(said));
    EXPECT_EQ(read["type"], "message");
    EXPECT_EQ(read["id"], 7);
    EXPECT_EQ(read["text"], said.text);
}

TEST(a_message, takes_no_more_room_than_was_reckoned) {
    chat::message said{(std::int64_t{1} << 53) - 1, std::string(32, 'r'),    std::string(64, 'p'),
                       std::string(96, '"'),        std::string(4000, '\n'), INT64_MAX,
                       std::string(64, 'k')};
    EXPECT_LE(chat::write_message(said).size(), chat::written_bytes_max(said));
}

TEST(a_refusal, says_only_what_there_is_to_say) {
    const json bare = json::parse(chat::write_error({"bad_message", "no"}));
    EXPECT_EQ(bare.size(), 3);
    const json full = json::parse(
        chat::write_error({"unavailable", "no", "send", key, patio::duration::seconds(2)}));
    EXPECT_EQ(full["for"], "send");
    EXPECT_EQ(full["key"], key);
    EXPECT_EQ(full["retry_ms"], 2000);
}

}  // namespace
