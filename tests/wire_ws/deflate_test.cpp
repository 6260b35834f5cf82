// SPDX-License-Identifier: MIT

#include "wire_ws/deflate.hpp"

#include "support/ws_events.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

namespace {

using ws_test::events;
using ws_test::frame;
using ws_test::hex;
using ws_test::setting;
namespace ws = patio::wire::ws;

setting compressed_client() {
    setting how;
    how.compression.emplace();
    return how;
}

std::string compress(ws::deflater& with, std::string_view text, std::size_t room = 64) {
    std::string all;
    std::vector<std::byte> piece(room);
    patio::byte_view input = text;
    while (!input.empty())
        all += ws_test::to_string(patio::byte_view{piece}.first(with.write(input, piece)));
    for (;;) {
        const auto end = with.finish(piece);
        all += ws_test::to_string(patio::byte_view{piece}.first(end.bytes));
        if (end.is_done) return all;
    }
}

/// A text that compresses somewhat, and refers back as far as it is long.
std::string text_of(std::size_t size, unsigned seed) {
    std::mt19937 random{seed};
    std::string text;
    while (text.size() < size) {
        if (text.size() > 20 && random() % 3 != 0) {
            const std::size_t from = random() % (text.size() - 10);
            text += text.substr(from, random() % 300);
        } else {
            for (int i = 0; i < 12; ++i)
                text += static_cast<char>('a' + random() % 26);
        }
    }
    text.resize(size);
    return text;
}

// RFC 7692 section 7.2.3
TEST(deflate, reads_the_examples_of_the_rfc) {
    const setting how = compressed_client();
    const std::string hello = "text{'Hello' }";
    EXPECT_EQ(events(how, hex("c1 07 f2 48 cd c9 c9 07 00")), hello);
    EXPECT_EQ(events(how, hex("41 03 f2 48 cd 80 04 c9 c9 07 00")), hello);
    EXPECT_EQ(events(how, hex("c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00")),
              hello + " " + hello)
        << "the second refers to the first";
    EXPECT_EQ(events(how, hex("c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00")), hello);
    EXPECT_EQ(events(how, hex("c1 08 f3 48 cd c9 c9 07 00 00")), hello) << "BFINAL is set";
    EXPECT_EQ(events(how, hex("c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00")), hello);
    EXPECT_EQ(events(how, hex("c1 01 00")), "text{}");
    EXPECT_EQ(events(how, hex("c1 08 f3 48 cd c9 c9 07 00 00 c1 05 f2 00 11 00 00")),
              hello + " " + hello)
        << "the window goes on behind a last block";
}

TEST(deflate, reads_what_is_not_compressed_between_what_is) {
    EXPECT_EQ(events(compressed_client(), hex("c1 07 f2 48 cd c9 c9 07 00") + frame(0x81, "plain") +
                                              hex("c1 05 f2 00 11 00 00")),
              "text{'Hello' } text{'plain' } text{'Hello' }");
}

TEST(deflate, forgets_the_message_before_where_that_was_agreed) {
    setting how = compressed_client();
    how.compression->server_drops_context = true;
    EXPECT_EQ(events(how, hex("c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00")).substr(0, 44),
              "text{'Hello' } text{'H' failed 1007: a messa");
    EXPECT_EQ(events(how, hex("c1 07 f2 48 cd c9 c9 07 00 c1 07 f2 48 cd c9 c9 07 00")),
              "text{'Hello' } text{'Hello' }");
}

TEST(deflate, refuses_what_does_not_inflate) {
    const std::string invalid = "failed 1007: a message does not inflate";
    EXPECT_EQ(events(compressed_client(), frame(0xc1, "\xff")), "text{" + invalid);
    EXPECT_EQ(events(compressed_client(), hex("c1 06 f2 48 cd c9 c9 07")).substr(0, 5), "text{");
    EXPECT_EQ(events(compressed_client(), hex("c1 05 f2 48 cd c9 c9")).substr(0, 6), "text{'");
    EXPECT_NE(events(compressed_client(), hex("c1 05 f2 48 cd c9 c9")).find("failed"),
              std::string::npos)
        << "the message ends inside of a block";
    EXPECT_EQ(events({}, hex("c1 07 f2")), "failed 1002: a reserved bit is set")
        << "nothing was agreed on";
}

TEST(deflate, lets_only_the_first_frame_say_that_it_is_compressed) {
    const std::string bits = "failed 1002: a reserved bit is set";
    EXPECT_EQ(events(compressed_client(), hex("41 03 f2 48 cd c0 04 c9 c9 07 00")),
              "text{'He' " + bits);
    EXPECT_EQ(events(compressed_client(), hex("c9 00")), bits);
    EXPECT_EQ(events(compressed_client(), hex("c8 00")), bits);
    EXPECT_EQ(events(compressed_client(), hex("41 03 f2 48 cd 89 01 70 80 04 c9 c9 07 00")),
              "text{'He' ping(p) 'llo' }");
}

TEST(deflate, checks_text_after_it_was_inflated) {
    ws::deflater with{{}};
    EXPECT_EQ(events(compressed_client(), frame(0xc1, compress(with,
                                                               "ab\xff\xff"
                                                               "cd"))),
              "text{'ab' failed 1007: a text is not UTF-8");
    ws::deflater another{{}};
    EXPECT_EQ(events(compressed_client(), frame(0xc1, compress(another, "ab\xe2\x82"))),
              "text{'ab\\xe2\\x82' failed 1007: a text is not UTF-8");
}

TEST(deflate, keeps_message_bytes_max_at_the_byte) {
    setting how = compressed_client();
    for (const std::size_t most : {1U, 100U, 16383U, 16384U, 16385U, 40000U}) {
        how.limits.message_bytes_max = most;
        ws::deflater with{{}};
        const std::string good = frame(0xc2, compress(with, std::string(most, 'x')));
        const std::string data = "binary{'" + ws_test::shown(std::string(most, 'x')) + "' ";
        EXPECT_EQ(events(how, good), data + "}");
        ws::deflater again{{}};
        const std::string bad = frame(0xc2, compress(again, std::string(most + 1, 'x')));
        EXPECT_EQ(events(how, bad),
                  data + "failed 1009: a message is larger than message_bytes_max");
    }
}

// 64 MiB of zeros in 64 KiB: nothing beyond the limit is ever inflated.
TEST(deflate, does_not_blow_up_a_bomb) {
    ws::deflater with{{}};
    const std::string bomb = compress(with, std::string(std::size_t{64} << 20, '\0'), 65536);
    ASSERT_LT(bomb.size(), 100'000U);
    setting how = compressed_client();
    ws::frame_reader reader{how.self, how.limits, how.compression};
    std::string bytes = frame(0xc2, bomb);
    patio::byte_span input{bytes};
    std::size_t given = 0;
    ws::event event = reader.next(input);
    for (; event.kind != ws::event_kind::failed; event = reader.next(input)) {
        ASSERT_NE(event.kind, ws::event_kind::need_more);
        ASSERT_LE(event.bytes.size(), ws::frame_reader::piece_bytes_max);
        given += event.bytes.size();
    }
    EXPECT_EQ(given, how.limits.message_bytes_max);
    EXPECT_EQ(event.error, ws::read_error::message_too_big);
    EXPECT_GT(input.size(), bomb.size() * 9 / 10) << "most of it was not even looked at";
}

// Empty blocks become nothing, however many there are.
TEST(deflate, bounds_what_becomes_nothing_too) {
    setting how = compressed_client();
    how.limits.message_bytes_max = 100;
    const std::string block = hex("00 00 00 ff ff");
    std::string blocks;
    for (int i = 0; i < 100; ++i)
        blocks += block;
    std::string bytes = frame(0x42, blocks);
    for (int i = 0; i < 4; ++i)
        bytes += frame(0x00, blocks);
    EXPECT_EQ(events(how, bytes), "binary{failed 1009: a message is larger than message_bytes_max");
    // As above, with blocks of which each says that it is the last one.
    std::string last;
    for (int i = 0; i < 400; ++i)
        last += hex("03 00");
    EXPECT_EQ(events(how, frame(0xc2, last + std::string(1, '\0'))), "binary{}");
}

TEST(deflate, writes_what_it_reads_with_every_window_and_context) {
    for (int bits = 8; bits <= 15; ++bits) {
        for (const bool is_dropped : {false, true}) {
            ws::deflater::settings settings;
            settings.window_bits = bits;
            settings.memory_level = bits == 8 ? 1 : 8;
            settings.between_messages = is_dropped ? ws::context::dropped : ws::context::kept;
            ws::deflater with{settings};
            setting how = compressed_client();
            how.compression->server_window_bits = bits;
            how.compression->server_drops_context = is_dropped;
            std::string bytes;
            std::string expected;
            for (unsigned i = 0; i < 6; ++i) {
                const std::string text = i == 3 ? "" : text_of(3000 * i, i);
                const std::string small = compress(with, text, 16 + i);
                bytes += frame(0xc1, small);
                expected += text.empty() ? "text{} " : "text{'" + ws_test::shown(text) + "' } ";
            }
            ws_test::recorder read{how};
            read.feed(bytes);
            EXPECT_EQ(read.text(), expected) << bits;
            EXPECT_EQ(ws_test::read_in_steps(how, bytes, 1), expected) << bits;
        }
    }
}

TEST(deflate, keeps_the_context_where_that_was_agreed) {
    const std::string text = text_of(500, 1);
    ws::deflater keeps{{}};
    const std::size_t first = compress(keeps, text).size();
    EXPECT_LT(compress(keeps, text).size(), 30U);
    ws::deflater::settings settings;
    settings.between_messages = ws::context::dropped;
    ws::deflater drops{settings};
    EXPECT_EQ(compress(drops, text).size(), first);
    EXPECT_EQ(compress(drops, text).size(), first);
}

TEST(deflate, writes_an_empty_message_as_one_byte) {
    ws::deflater with{{}};
    EXPECT_EQ(compress(with, ""), hex("00"));
    (void)compress(with, "Hello");
    EXPECT_EQ(compress(with, ""), hex("00"));
    EXPECT_EQ(compress(with, ""), hex("00"));
}

TEST(deflate, writes_the_example_of_the_rfc_whatever_room_it_has) {
    for (std::size_t room = ws::deflater::output_bytes_min; room < 40; ++room) {
        ws::deflater with{{}};
        EXPECT_EQ(compress(with, "Hello", room), hex("f2 48 cd c9 c9 07 00"));
        std::mt19937 random{static_cast<unsigned>(room)};
        std::string noise(300, '\0');
        for (char& c : noise)
            c = static_cast<char>(random());
        ws::deflater another{{}};
        EXPECT_EQ(events(compressed_client(), frame(0xc2, compress(another, noise, room))),
                  "binary{'" + ws_test::shown(noise) + "' }");
    }
}

TEST(deflate, reads_masked_frames_that_are_cut_while_it_inflates) {
    constexpr ws::mask_key key{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    setting how = compressed_client();
    how.self = ws::role::server;
    const std::string text = text_of(100'000, 5) + std::string(60'000, 'z');
    ws::deflater with{{}};
    const std::string small = compress(with, text, 4096);
    const std::string expected = "text{'" + ws_test::shown(text) + "' }";
    const std::string bytes = frame(0x41, small.substr(0, 1001), key) + frame(0x89, "p", key) +
                              frame(0x80, small.substr(1001), key);
    const std::string bytes_in_one = frame(0xc1, small, key);
    ws_test::recorder read{how};
    read.feed(bytes_in_one);
    EXPECT_EQ(read.text(), expected + " ");
    for (const std::size_t step : {1U, 7U, 1000U, 4096U})
        EXPECT_EQ(ws_test::read_in_steps(how, bytes_in_one, step), expected + " ");
    EXPECT_NE(ws_test::read_in_steps(how, bytes, 3).find("ping(p)"), std::string::npos);
}

}  // namespace
