// SPDX-License-Identifier: MIT

#include "http/mime_types.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using patio::http::detail::content_type_of;

TEST(content_type, follows_from_the_extension) {
    EXPECT_EQ(content_type_of("index.html"), "text/html; charset=utf-8");
    EXPECT_EQ(content_type_of("a/b.min.JS"), "text/javascript; charset=utf-8");
    EXPECT_EQ(content_type_of("x.7z"), "application/x-7z-compressed");
    EXPECT_EQ(content_type_of("x.zst"), "application/zstd");
    EXPECT_EQ(content_type_of("app.webmanifest"), "application/manifest+json");
}

TEST(content_type, is_bytes_if_nobody_knows_better) {
    for (const char* name : {"", "README", "x.", "x.unknown", "x.webmanifest2", "html"})
        EXPECT_EQ(content_type_of(name), "application/octet-stream") << name;
    EXPECT_EQ(content_type_of("x." + std::string(10000, 'a')), "application/octet-stream");
}

}  // namespace
