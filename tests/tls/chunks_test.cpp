// SPDX-License-Identifier: MIT

#include "tls/chunks.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using patio::byte_view;
using patio::tls::chunks;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The sizes of the chunks; the test fails if their bytes are not those of the parts.
std::vector<std::size_t> sizes_of(const std::vector<std::string>& parts) {
    std::vector<byte_view> views;
    std::string wanted;
    for (const std::string& part : parts) {
        views.emplace_back(part);
        wanted += part;
    }
    std::vector<std::byte> memory;
    std::vector<std::size_t> sizes;
    std::string got;
    for (chunks source{{views.data(), views.size()}, memory}; !source.current().empty();
         source.advance()) {
        sizes.push_back(source.current().size());
        got.append(reinterpret_cast<const char*>(source.current().data()), source.current().size());
    }
    EXPECT_EQ(got, wanted);
    return sizes;
}

std::string some(std::size_t count, char letter) { return std::string(count, letter); }

TEST(chunks, are_none_of_nothing) {
    EXPECT_THAT(sizes_of({}), IsEmpty());
    EXPECT_THAT(sizes_of({"", ""}), IsEmpty());
}

TEST(chunks, cut_a_large_part_into_records) {
    EXPECT_THAT(sizes_of({some(40'000, 'a')}), ElementsAre(16384, 16384, 7232));
}

TEST(chunks, gather_small_parts) {
    EXPECT_THAT(sizes_of({"ab", "", "cd", "e"}), ElementsAre(5));
    EXPECT_THAT(sizes_of(std::vector<std::string>(9, some(4000, 'x'))),
                ElementsAre(16384, 16384, 3232));
}

TEST(chunks, take_large_parts_where_they_are) {
    EXPECT_THAT(sizes_of({"head", some(20'000, 'b'), "tail", "end"}),
                ElementsAre(4, 16384, 3616 + 7));
}

}  // namespace
