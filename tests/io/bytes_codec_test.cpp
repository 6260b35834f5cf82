// SPDX-License-Identifier: MIT

#include <patio/io/bytes_codec.hpp>

#include <patio/core/error.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

/// There and back; nothing may be left over.
template <class T>
T pass(const T& value) {
    patio::bytes_writer to;
    to.write(value);
    patio::bytes_reader from{to.bytes()};
    T copy = from.read<T>();
    EXPECT_EQ(from.size(), 0U);
    return copy;
}

/// Reading any part of the bytes that is too short must fail, not read on.
template <class T>
void expect_every_cut_is_seen(const T& value) {
    patio::bytes_writer to;
    to.write(value);
    for (std::size_t size = 0; size < to.bytes().size(); ++size) {
        patio::bytes_reader from{to.bytes().first(size)};
        try {
            static_cast<void>(from.read<T>());
            ADD_FAILURE() << size << " bytes were enough";
        } catch (const patio::error& error) {
            EXPECT_EQ(error.code(), patio::errc::malformed);
        }
    }
}

enum class colour : std::uint8_t { red, green };

struct point {
    int x;
    double y;
    friend bool operator==(const point&, const point&) = default;
};

/// Can be copied as memory, but has no default value.
class metres {
public:
    explicit metres(int count) : count_{count} {}
    friend bool operator==(const metres&, const metres&) = default;

private:
    int count_;
};

int twice(int n) { return 2 * n; }

}  // namespace

namespace shop {

struct article {
    std::string name;
    std::vector<std::string> tags;
    friend bool operator==(const article&, const article&) = default;
};

void write_bytes(patio::bytes_writer& to, const article& a) {
    to.write(a.name);
    to.write(a.tags);
}
article read_bytes(patio::bytes_reader& from, std::type_identity<article>) {
    article a;
    a.name = from.read<std::string>();
    a.tags = from.read<std::vector<std::string>>();
    return a;
}

}  // namespace shop

template <>
struct patio::bytes_codec<std::unique_ptr<int>> {
    static void write(bytes_writer& to, const std::unique_ptr<int>& value) { to.write(*value); }
    static std::unique_ptr<int> read(bytes_reader& from) {
        return std::make_unique<int>(from.read<int>());
    }
};

namespace {

TEST(bytes_codec, carries_what_can_be_copied_as_memory) {
    EXPECT_EQ(pass(42), 42);
    EXPECT_EQ(pass(2.5), 2.5);
    EXPECT_EQ(pass(colour::green), colour::green);
    EXPECT_EQ(pass(point{1, 2.0}), (point{1, 2.0}));
    EXPECT_EQ(pass(metres{7}), metres{7});
}

TEST(bytes_codec, carries_addresses_of_functions) { EXPECT_EQ(pass(&twice)(4), 8); }

TEST(bytes_codec, carries_texts) {
    EXPECT_EQ(pass(std::string{}), "");
    EXPECT_EQ(pass(std::string{"a\0b", 3}), std::string("a\0b", 3));
    EXPECT_EQ(pass(std::string(100'000, 'x')), std::string(100'000, 'x'));
}

TEST(bytes_codec, carries_vectors_of_anything_it_can_carry) {
    EXPECT_EQ(pass(std::vector<int>{}), std::vector<int>{});
    EXPECT_EQ(pass(std::vector<int>{1, 2, 3}), (std::vector<int>{1, 2, 3}));
    EXPECT_EQ(pass(std::vector<bool>{true, false, true}), (std::vector<bool>{true, false, true}));
    EXPECT_EQ(pass(std::vector<std::string>{"a", "", "c"}),
              (std::vector<std::string>{"a", "", "c"}));
    const std::vector<std::vector<point>> nested{{}, {point{1, 2.0}, point{3, 4.0}}};
    EXPECT_EQ(pass(nested), nested);
}

TEST(bytes_codec, carries_pairs_tuples_arrays_and_optionals) {
    EXPECT_EQ(pass(std::pair<int, std::string>{1, "one"}), (std::pair<int, std::string>{1, "one"}));
    const std::tuple<std::string, int, std::vector<int>> three{"a", 2, {3, 4}};
    EXPECT_EQ(pass(three), three);
    EXPECT_EQ(pass(std::tuple<>{}), std::tuple<>{});
    const std::array<std::string, 2> two{"x", "y"};
    EXPECT_EQ(pass(two), two);
    const std::array<std::string, 0> none{};
    EXPECT_EQ(pass(none), none);
    EXPECT_EQ(pass(std::optional<std::string>{"x"}), "x");
    EXPECT_EQ(pass(std::optional<int>{}), std::nullopt);
}

TEST(bytes_codec, carries_types_with_functions_beside_them) {
    const shop::article cup{"cup", {"blue", "small"}};
    EXPECT_EQ(pass(cup), cup);
    EXPECT_EQ(pass(std::vector<shop::article>{cup, cup}), (std::vector<shop::article>{cup, cup}));
}

TEST(bytes_codec, can_be_specialised) {
    patio::bytes_writer to;
    to.write(std::make_unique<int>(5));
    patio::bytes_reader from{to.bytes()};
    EXPECT_EQ(*from.read<std::unique_ptr<int>>(), 5);
}

TEST(bytes_codec, gives_several_values_back_in_order) {
    patio::bytes_writer to;
    to.write(1);
    to.write(std::string{"two"});
    to.write(3.0);
    patio::bytes_reader from{to.bytes()};
    EXPECT_EQ(from.read<int>(), 1);
    EXPECT_EQ(from.read<std::string>(), "two");
    EXPECT_EQ(from.read<double>(), 3.0);
}

TEST(bytes_codec, never_reads_beyond_the_end) {
    expect_every_cut_is_seen(point{1, 2.0});
    expect_every_cut_is_seen(std::string{"hello"});
    expect_every_cut_is_seen(std::vector<int>{1, 2});
    expect_every_cut_is_seen(std::vector<std::string>{"a", "b"});
    expect_every_cut_is_seen(std::optional<int>{3});
    expect_every_cut_is_seen(std::pair<int, std::string>{1, "x"});
}

TEST(bytes_codec, reads_any_byte_that_is_not_zero_as_true) {
    patio::bytes_writer to;
    to.write<unsigned char>(7);
    patio::bytes_reader from{to.bytes()};
    EXPECT_TRUE(from.read<bool>());
}

TEST(bytes_codec, allocates_nothing_for_a_count_that_is_wrong) {
    patio::bytes_writer to;
    to.write<std::uint64_t>(~std::uint64_t{0});
    to.write(1);
    for (int kind = 0; kind < 3; ++kind) {
        patio::bytes_reader from{to.bytes()};
        const auto read = [&] {
            if (kind == 0) static_cast<void>(from.read<std::string>());
            if (kind == 1) static_cast<void>(from.read<std::vector<double>>());
            if (kind == 2) static_cast<void>(from.read<std::vector<std::string>>());
        };
        EXPECT_THROW(read(), patio::error);
    }
}

}  // namespace
