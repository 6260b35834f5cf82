// SPDX-License-Identifier: MIT

#include <patio/http/status.hpp>

#include <gtest/gtest.h>

namespace {

using patio::http::reason_of;

TEST(status, has_words) {
    EXPECT_EQ(reason_of(100), "Continue");
    EXPECT_EQ(reason_of(200), "OK");
    EXPECT_EQ(reason_of(404), "Not Found");
    EXPECT_EQ(reason_of(422), "Unprocessable Content");
    EXPECT_EQ(reason_of(511), "Network Authentication Required");
}

TEST(status, is_unknown_if_nobody_has_named_it) {
    for (const int each : {0, 99, 299, 306, 418, 512, 999, -1})
        EXPECT_EQ(reason_of(each), "Unknown") << each;
}

TEST(status, is_of_one_class) {
    using namespace patio::http;
    static_assert(is_informational(103) && !is_informational(200));
    static_assert(is_success(204) && !is_success(300));
    static_assert(is_redirect(304) && is_client_error(404) && is_server_error(503));
}

}  // namespace
