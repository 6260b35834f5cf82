// SPDX-License-Identifier: MIT

#include "http/coding.hpp"

#include "http/cuts.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace patio::http;
using patio_tests::pieces;

constexpr std::size_t plenty = std::size_t{1} << 20;

const char* word_of(coding_fault fault) {
    switch (fault) {
        case coding_fault::none:
            return "";
        case coding_fault::unknown_coding:
            return "unknown_coding";
        case coding_fault::codings_max:
            return "codings_max";
        case coding_fault::malformed:
            return "malformed";
        case coding_fault::truncated:
            return "truncated";
        case coding_fault::output_bytes_max:
            return "output_bytes_max";
        case coding_fault::no_memory:
            return "no_memory";
    }
    return "?";
}

coding_list list_of(std::string_view content_encoding) {
    coding_list list;
    EXPECT_EQ(list.read(content_encoding), coding_fault::none);
    return list;
}

/// What one machine makes of the pieces, with that much room at a time, and "!fault".
std::string decode_with(decoder& machine, const pieces& input, std::size_t room_bytes) {
    std::string plain;
    std::vector<std::byte> room(room_bytes);
    for (const std::string_view each : input) {
        patio::byte_view rest{each};
        for (;;) {
            const coding_step step = machine.decode(rest, room);
            EXPECT_LE(step.written, room.size());
            rest = rest.from(step.read);
            plain.append(reinterpret_cast<const char*>(room.data()), step.written);
            if (step.state == coding_state::failed) return plain + "!" + word_of(machine.fault());
            if (step.state == coding_state::wants_input) break;
            EXPECT_EQ(step.written, room.size());
        }
        EXPECT_TRUE(rest.empty());
    }
    const coding_fault fault = machine.finish();
    return fault == coding_fault::none ? plain : plain + "!" + word_of(fault);
}

std::string decode(std::string_view codings, std::string_view input,
                   std::size_t output_bytes_max = plenty) {
    decoder machine{list_of(codings), output_bytes_max};
    return patio_tests::feed_in_all_ways(input, [&](const pieces& parts) {
        machine.reset();
        std::string said = decode_with(machine, parts, 3);
        machine.reset();
        EXPECT_EQ(decode_with(machine, parts, 1000), said);
        return said;
    });
}

std::string encode_with(encoder& machine, std::string_view plain, std::size_t piece_bytes,
                        std::size_t room_bytes, coding_end between = coding_end::none) {
    std::string coded;
    std::vector<std::byte> room(room_bytes);
    for (;;) {
        patio::byte_view rest{plain.substr(0, piece_bytes)};
        plain.remove_prefix(rest.size());
        const coding_end end = plain.empty() ? coding_end::finish : between;
        for (;;) {
            const coding_step step = machine.encode(rest, room, end);
            rest = rest.from(step.read);
            coded.append(reinterpret_cast<const char*>(room.data()), step.written);
            if (step.state == coding_state::ended) return coded;
            if (step.state == coding_state::failed) return "failed";
            if (step.state == coding_state::wants_input) break;
        }
        EXPECT_TRUE(rest.empty());
        EXPECT_NE(end, coding_end::finish);
    }
}

std::string encode(coding with, std::string_view plain, int level = encoder::level_default) {
    encoder machine{with, level};
    return encode_with(machine, plain, plenty, 1000);
}

std::string bytes(std::initializer_list<int> all) {
    std::string text;
    for (const int each : all)
        text += static_cast<char>(each);
    return text;
}

const std::string text = "The quick brown fox jumps over the lazy dog. The quick brown fox.";
// "hello" from other programs: zlib's compress, the same without its frame, brotli, zstd.
const std::string zlib_hello =
    bytes({0x78, 0x9C, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x06, 0x2C, 0x02, 0x15});
const std::string raw_hello = bytes({0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00});

class codings : public testing::TestWithParam<coding> {
protected:
    std::string name{name_of(GetParam())};
};

TEST_P(codings, go_there_and_back_however_they_are_cut) {
    EXPECT_EQ(decode(name, encode(GetParam(), text)), text);
    EXPECT_EQ(decode(name, encode(GetParam(), "")), "");
    encoder machine{GetParam()};
    for (const std::size_t piece_bytes : {1U, 7U, 100U}) {
        for (const std::size_t room_bytes : {1U, 5U, 100U}) {
            const std::string coded = encode_with(machine, text, piece_bytes, room_bytes);
            machine.reset();
            decoder reader{list_of(name), plenty};
            EXPECT_EQ(decode_with(reader, {coded}, 100), text) << piece_bytes << " " << room_bytes;
        }
    }
}

TEST_P(codings, every_level_can_be_read) {
    decoder reader{list_of(name), plenty};
    for (const int level : {-100, 0, 1, 5, 9, 11, 100}) {
        EXPECT_EQ(decode_with(reader, {encode(GetParam(), text, level)}, 100), text) << level;
        reader.reset();
    }
}

TEST_P(codings, a_flush_brings_all_that_was_written) {
    encoder writer{GetParam()};
    decoder reader{list_of(name), plenty};
    std::vector<std::byte> room(1000);
    std::vector<std::byte> plain(1000);
    for (int i = 0; i < 3; ++i) {
        const coding_step coded = writer.encode("event", room, coding_end::flush);
        EXPECT_EQ(coded.state, coding_state::wants_input);
        const coding_step read = reader.decode({room.data(), coded.written}, plain);
        EXPECT_EQ((std::string_view{reinterpret_cast<char*>(plain.data()), read.written}), "event");
    }
    EXPECT_EQ(reader.finish(), coding_fault::truncated);
    encoder machine{GetParam()};
    reader.reset();
    EXPECT_EQ(decode_with(reader, {encode_with(machine, text, 5, 3, coding_end::flush)}, 9), text);
}

TEST_P(codings, what_is_cut_off_is_an_error) {
    const std::string coded = encode(GetParam(), text);
    EXPECT_EQ(decode(name, ""), "") << "but nothing at all is an empty body";
    for (std::size_t size = 1; size < coded.size(); ++size) {
        decoder machine{list_of(name), plenty};
        EXPECT_TRUE(decode_with(machine, {std::string_view{coded}.substr(0, size)}, 9)
                        .ends_with("!truncated"))
            << size;
    }
}

TEST_P(codings, output_has_a_limit) {
    const std::string coded = encode(GetParam(), text);
    EXPECT_EQ(decode(name, coded, text.size()), text);
    EXPECT_EQ(decode(name, coded, text.size() - 1),
              text.substr(0, text.size() - 1) + "!output_bytes_max");
    EXPECT_EQ(decode(name, coded, 0), "!output_bytes_max");
    EXPECT_EQ(decode(name, encode(GetParam(), ""), 0), "");
}

TEST_P(codings, a_bomb_goes_no_further_than_the_limit) {
    const std::string bomb = encode(GetParam(), std::string(std::size_t{20} << 20, '\0'));
    EXPECT_LT(bomb.size(), std::size_t{100} << 10);
    decoder machine{list_of(name), 5000};
    EXPECT_EQ(decode_with(machine, {bomb}, 777), std::string(5000, '\0') + "!output_bytes_max");
}

TEST_P(codings, machines_can_be_used_again_also_after_a_fault) {
    decoder machine{list_of(name), plenty};
    const std::string coded = encode(GetParam(), text);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(decode_with(machine, {coded}, 100), text);
        machine.reset();
        EXPECT_NE(decode_with(machine, {"\xFF\xFF\xFF nonsense"}, 100), "");
        EXPECT_EQ(machine.decode("x", {}).state, coding_state::failed);
        machine.reset();
    }
}

TEST_P(codings, stack_up_with_gzip) {
    const std::string inner = encode(GetParam(), text);
    EXPECT_EQ(decode(name + ", gzip", encode(coding::gzip, inner)), text);
    const std::string cut = encode(coding::gzip, inner.substr(0, inner.size() - 1));
    EXPECT_TRUE(decode(name + ", gzip", cut).ends_with("!truncated"));
}

std::string test_name(const testing::TestParamInfo<coding>& of) {
    return std::string{name_of(of.param)};
}

INSTANTIATE_TEST_SUITE_P(all, codings, testing::Values(coding::gzip, coding::br, coding::zstd),
                         test_name);

TEST(coding_names, are_read_from_the_header_field) {
    EXPECT_TRUE(list_of("").empty());
    EXPECT_TRUE(list_of("identity, ,").empty());
    const coding_list list = list_of(" GZIP ,x-gzip,\tbr");
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[0], coding::gzip);
    EXPECT_EQ(list[1], coding::gzip);
    EXPECT_EQ(list[2], coding::br);
    coding_list bad;
    EXPECT_EQ(bad.read("gzip, compress"), coding_fault::unknown_coding);
    coding_list many;
    EXPECT_EQ(many.read("gzip, br, zstd, deflate"), coding_fault::none);
    EXPECT_EQ(many.read("br"), coding_fault::codings_max);
}

TEST(decoder, without_codings_copies) {
    EXPECT_EQ(decode("identity", "plain text"), "plain text");
    EXPECT_EQ(decode("", "plain", 5), "plain");
    decoder machine{coding_list{}, 4};
    EXPECT_TRUE(decode_with(machine, {"plain"}, 100).ends_with("!output_bytes_max"));
}

TEST(gzip, may_have_several_members) {
    const std::string one = encode(coding::gzip, "one ");
    EXPECT_EQ(decode("gzip", one + encode(coding::gzip, "") + encode(coding::gzip, "two")),
              "one two");
    EXPECT_EQ(decode("gzip", one + one.substr(0, 5)), "one !truncated");
    EXPECT_EQ(decode("gzip", one + one.substr(0, 3) + "x" + one.substr(4)), "one !malformed");
}

TEST(gzip, ignores_what_follows_the_last_member) {
    const std::string one = encode(coding::gzip, "one");
    for (const std::string& rest :
         {bytes({0}), bytes({0x1F}), bytes({0x1F, 0}), std::string{"text"}})
        EXPECT_EQ(decode("gzip", one + rest), "one");
}

TEST(gzip, checks_its_sums) {
    std::string one = encode(coding::gzip, text);
    one[one.size() - 5] ^= 1;
    EXPECT_EQ(decode("gzip", one), text + "!malformed");
    EXPECT_EQ(decode("gzip", "no gzip"), "!malformed");
    EXPECT_EQ(decode("gzip", zlib_hello), "!malformed");
}

TEST(deflate, comes_with_a_frame_or_without) {
    EXPECT_EQ(decode("deflate", zlib_hello), "hello");
    EXPECT_EQ(decode("deflate", raw_hello), "hello");
    EXPECT_EQ(decode("deflate", zlib_hello + "rest"), "hello");
    EXPECT_EQ(decode("deflate", raw_hello + "rest"), "hello");
    EXPECT_EQ(decode("deflate", ""), "");
    EXPECT_EQ(decode("deflate", bytes({0x03, 0x00})), "") << "bare and empty";
    EXPECT_EQ(decode("deflate", bytes({0x01, 1, 0, 0xFE, 0xFF, 'x'})), "x") << "bare and stored";
    EXPECT_EQ(decode("deflate", zlib_hello, 5), "hello");
    EXPECT_EQ(decode("deflate", raw_hello, 4), "hell!output_bytes_max");
    EXPECT_EQ(decode("deflate", bytes({0x78, 0xBB, 0, 0, 0, 0})), "!malformed")
        << "asks for a dictionary";
    for (std::size_t size = 1; size < zlib_hello.size(); ++size)
        EXPECT_TRUE(decode("deflate", zlib_hello.substr(0, size)).ends_with("!truncated")) << size;
    for (std::size_t size = 1; size < raw_hello.size(); ++size)
        EXPECT_TRUE(decode("deflate", raw_hello.substr(0, size)).ends_with("!truncated")) << size;
    EXPECT_EQ(encoder{coding::deflate}.fault(), coding_fault::unknown_coding);
}

TEST(br, ignores_what_follows) { EXPECT_EQ(decode("br", encode(coding::br, text) + "rest"), text); }

TEST(zstd, has_frames_and_nothing_else) {
    const std::string one = encode(coding::zstd, "one ");
    const std::string skippable = bytes({0x5F, 0x2A, 0x4D, 0x18, 3, 0, 0, 0}) + "xyz";
    EXPECT_EQ(decode("zstd", one + skippable + encode(coding::zstd, "two")), "one two");
    EXPECT_EQ(decode("zstd", skippable + one + skippable), "one ");
    EXPECT_EQ(decode("zstd", one + "rest"), "one !malformed");
    EXPECT_EQ(decode("zstd", one + bytes({0x28})), "one !truncated");
    EXPECT_EQ(decode("zstd", bytes({0x27, 0xB5, 0x2F, 0xFD, 0, 0, 0})), "!malformed")
        << "a format from before the RFC";
    EXPECT_EQ(decode("zstd", bytes({0x28, 0xB5, 0x2F, 0xFD, 0x00, 14 << 3, 0x01, 0, 0})),
              "!malformed")
        << "a window of 16 MiB (RFC 9659)";
    EXPECT_EQ(decode("zstd", bytes({0x28, 0xB5, 0x2F, 0xFD, 0x00, 13 << 3, 0x01, 0, 0})), "")
        << "a window of 8 MiB";
}

TEST(decoder, bounds_what_is_between_codings) {
    // Much that becomes nothing: gzip members without content.
    std::string members;
    for (int i = 0; i < 1000; ++i)
        members += encode(coding::gzip, "");
    const std::string coded = encode(coding::br, members);
    decoder enough{list_of("gzip, br"), members.size()};
    EXPECT_EQ(decode_with(enough, {coded}, 10), "");
    decoder small{list_of("gzip, br"), members.size() - 1};
    EXPECT_EQ(decode_with(small, {coded}, 10), "!output_bytes_max");
}

TEST(encoder, says_again_that_it_has_ended) {
    encoder machine{coding::gzip};
    std::vector<std::byte> room(100);
    EXPECT_EQ(machine.encode("x", room, coding_end::finish).state, coding_state::ended);
    const coding_step again = machine.encode("y", room, coding_end::finish);
    EXPECT_EQ(again.state, coding_state::ended);
    EXPECT_EQ(again.read + again.written, 0U);
}

}  // namespace
