// SPDX-License-Identifier: MIT

#include "http/byte_ranges.hpp"

#include "support/scratch.hpp"

#include <patio/io/run.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

using patio::async;
using patio::file;
using patio::http::detail::byte_ranges_body;
using patio::http::detail::coalesce;
using parts = std::vector<patio::wire::http::byte_range>;

TEST(byte_ranges, stay_as_they_were_asked_for_if_they_are_far_from_each_other) {
    EXPECT_EQ(coalesce({{500, 600}, {0, 10}}), (parts{{500, 600}, {0, 10}}));
    EXPECT_EQ(coalesce({{0, 10}, {92, 100}}), (parts{{0, 10}, {92, 100}}));
}

TEST(byte_ranges, become_one_if_they_overlap_or_nearly_touch) {
    EXPECT_EQ(coalesce({{5, 10}, {0, 7}}), (parts{{0, 10}}));
    EXPECT_EQ(coalesce({{0, 100}, {10, 20}}), (parts{{0, 100}}));
    EXPECT_EQ(coalesce({{0, 10}, {91, 100}}), (parts{{0, 100}}));
    EXPECT_EQ(coalesce({{500, 600}, {0, 10}, {5, 20}}), (parts{{0, 20}, {500, 600}}));
    EXPECT_EQ(coalesce({}), parts{});
}

async<std::string> read_by(byte_ranges_body& source, std::size_t bytes) {
    std::string all;
    std::string piece(bytes, '\0');
    for (;;) {
        auto reading = source.read_some(patio::byte_span{piece});
        const std::size_t count = co_await std::move(reading);
        if (count == 0) break;
        all.append(piece, 0, count);
    }
    auto again = source.read_some(patio::byte_span{piece});
    const std::size_t after = co_await std::move(again);
    EXPECT_EQ(after, 0U);
    co_return all;
}

TEST(byte_ranges, are_sent_with_heads_between_them) {
    const patio::test_support::scratch_directory scratch;
    const std::string path = scratch.make("file", "0123456789");
    for (const std::size_t bytes : {1U, 7U, 1000U}) {
        const auto main = [&]() -> async<> {
            file opened = co_await file::open(path);
            byte_ranges_body source{std::move(opened), parts{{8, 9}, {0, 2}}, 10, "text/plain"};
            const std::string type = source.content_type();
            const std::string boundary = type.substr(type.find('=') + 1);
            auto reading = read_by(source, bytes);
            const std::string all = co_await std::move(reading);
            EXPECT_EQ(all, "--" + boundary +
                               "\r\nContent-Type: text/plain\r\n"
                               "Content-Range: bytes 8-9/10\r\n\r\n89\r\n--" +
                               boundary +
                               "\r\nContent-Type: text/plain\r\n"
                               "Content-Range: bytes 0-2/10\r\n\r\n012\r\n--" +
                               boundary + "--\r\n");
            EXPECT_EQ(source.length(), all.size());
        };
        patio::run(main());
    }
}

TEST(byte_ranges, fail_if_the_file_is_cut_meanwhile) {
    const patio::test_support::scratch_directory scratch;
    const std::string path = scratch.make("file", "0123456789");
    const auto main = [&]() -> async<> {
        file opened = co_await file::open(path);
        byte_ranges_body source{std::move(opened), parts{{8, 9}, {0, 2}}, 10, "text/plain"};
        std::filesystem::resize_file(path, 5);
        bool has_failed = false;
        try {
            auto reading = read_by(source, 100);
            (void)co_await std::move(reading);
        } catch (const patio::error& failure) {
            has_failed = failure.code() == patio::errc::end_of_stream;
        }
        EXPECT_TRUE(has_failed);
    };
    patio::run(main());
}

}  // namespace
