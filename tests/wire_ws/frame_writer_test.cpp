// SPDX-License-Identifier: MIT

#include "wire_ws/frame_writer.hpp"

#include "support/ws_events.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace {

using ws_test::events;
using ws_test::hex;
using ws_test::setting;
using ws_test::to_string;
namespace ws = patio::wire::ws;

const setting client;
const setting server{.self = ws::role::server};
constexpr ws::mask_key key{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};

ws::frame_writer server_writer() { return ws::frame_writer::for_server(); }
ws::frame_writer client_writer() {
    return ws::frame_writer::for_client([] { return key; });
}

// RFC 6455 section 5.7
TEST(frame_writer, writes_the_examples_of_the_rfc) {
    std::vector<std::byte> to;
    auto server_side = server_writer();
    server_side.append(to, ws::message_kind::text, "Hello");
    EXPECT_EQ(to_string(to), hex("81 05 48 65 6c 6c 6f"));
    to.clear();
    client_writer().append(to, ws::message_kind::text, "Hello");
    EXPECT_EQ(to_string(to), hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
    to.clear();
    server_side.append(to, ws::message_kind::text, "Hel", ws::frame_position::more_follow);
    EXPECT_TRUE(server_side.is_inside_message());
    server_side.append(to, ws::message_kind::text, "lo");
    EXPECT_FALSE(server_side.is_inside_message());
    EXPECT_EQ(to_string(to), hex("01 03 48 65 6c 80 02 6c 6f"));
    EXPECT_EQ(to_string(server_side.ping("Hello")), hex("89 05 48 65 6c 6c 6f"));
    EXPECT_EQ(to_string(client_writer().pong("Hello")), hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58"));
    EXPECT_EQ(to_string(server_side.data_head(ws::message_kind::binary, 256)), hex("82 7e 01 00"));
    EXPECT_EQ(to_string(server_side.data_head(ws::message_kind::binary, 65536)),
              hex("82 7f 00 00 00 00 00 01 00 00"));
}

TEST(frame_writer, takes_as_few_bytes_for_a_length_as_it_goes) {
    auto writer = server_writer();
    const auto head = [&](std::uint64_t size) {
        return to_string(writer.data_head(ws::message_kind::text, size));
    };
    EXPECT_EQ(head(0), hex("81 00"));
    EXPECT_EQ(head(125), hex("81 7d"));
    EXPECT_EQ(head(126), hex("81 7e 00 7e"));
    EXPECT_EQ(head(65535), hex("81 7e ff ff"));
    EXPECT_EQ(head(65536), hex("81 7f 00 00 00 00 00 01 00 00"));
    EXPECT_EQ(head((std::uint64_t{1} << 63) - 1), hex("81 7f 7f ff ff ff ff ff ff ff"));
}

TEST(frame_writer, asks_for_a_new_key_for_each_frame) {
    unsigned asked = 0;
    auto writer = ws::frame_writer::for_client([&asked] {
        ++asked;
        return ws::mask_key{static_cast<std::byte>(asked)};
    });
    EXPECT_EQ(to_string(writer.ping("")), hex("89 80 01 00 00 00"));
    EXPECT_EQ(to_string(writer.data_head(ws::message_kind::text, 1)), hex("81 81 02 00 00 00"));
    EXPECT_EQ(to_string(writer.close(ws::close_code::none)), hex("88 80 03 00 00 00"));
}

TEST(frame_writer, masks_a_payload_in_pieces) {
    const std::string text(300, 't');
    for (std::size_t cut = 0; cut <= 40; ++cut) {
        auto writer = client_writer();
        std::string bytes = to_string(writer.data_head(ws::message_kind::text, text.size()));
        std::string payload = text;
        writer.mask({payload.data(), cut});
        (void)writer.ping("between");  // has a key of its own
        writer.mask({payload.data() + cut, payload.size() - cut});
        bytes += payload;
        ws_test::recorder read{server};
        read.feed(bytes);
        EXPECT_EQ(read.text(), "text{'" + ws_test::shown(text) + "' } ");
    }
    std::string same = "same";
    server_writer().mask(same);
    EXPECT_EQ(same, "same");
}

TEST(frame_writer, closes_with_a_code_and_a_reason_that_fits) {
    auto writer = server_writer();
    EXPECT_EQ(to_string(writer.close(ws::close_code::none)), hex("88 00"));
    EXPECT_EQ(to_string(writer.close(ws::close_code::normal)), hex("88 02 03 e8"));
    EXPECT_EQ(events(client, to_string(writer.close(ws::close_code::going_away, "bye"))),
              "close 1001(bye)");
    EXPECT_EQ(events(server, to_string(client_writer().close(ws::close_code{4999}, "bye"))),
              "close 4999(bye)");
    const std::string most(123, 'r');
    EXPECT_EQ(events(client, to_string(writer.close(ws::close_code::normal, most + "x"))),
              "close 1000(" + most + ")");
    // Cut between characters: the reader would refuse it else.
    for (std::size_t before = 117; before <= 124; ++before) {
        for (const char* character : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
            const std::string reason = std::string(before, 'r') + character + character;
            const auto close = writer.close(ws::close_code::normal, reason);
            EXPECT_EQ(events(client, to_string(close)).substr(0, 11), "close 1000(") << before;
            EXPECT_GE(close.size(), 2 + 2 + 120U);
        }
    }
}

TEST(frame_writer, marks_compressed_messages_in_their_first_frame_only) {
    auto writer = server_writer();
    const auto first = [&](ws::frame_position position) {
        return static_cast<unsigned>(
            writer.data_head(ws::message_kind::text, 0, position, ws::payload_form::compressed)
                .data()[0]);
    };
    EXPECT_EQ(first(ws::frame_position::last), 0xc1U);
    EXPECT_EQ(first(ws::frame_position::more_follow), 0x41U);
    EXPECT_EQ(first(ws::frame_position::more_follow), 0x00U);
    EXPECT_EQ(first(ws::frame_position::last), 0x80U);
}

}  // namespace
