// SPDX-License-Identifier: MIT

#include <patio/http/read_form.hpp>

#include "http/answers.hpp"

#include <patio/http/router.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using patio::async;
using patio::http::body;
using patio::http::form_limits;
using patio::http::query_params;
using patio::http::read_form;
using patio::http::request;
using patio::http::status_error;
using patio::http::test_support::received;

request form_with(std::string_view text,
                  std::string_view type = "application/x-www-form-urlencoded") {
    request asked = received("POST", "/");
    asked.with("Content-Type", type).with(body{text});
    return asked;
}

int status_of(request asked, form_limits limits = {}) {
    try {
        (void)patio::testing::run(read_form(asked, limits));
    } catch (const status_error& refused) {
        return refused.status();
    }
    return 200;
}

TEST(read_form, decodes_the_fields) {
    request asked = form_with("name=Ada+L%26&a=1&a=2");
    const query_params form = patio::testing::run(read_form(asked));
    EXPECT_EQ(form.get("name"), "Ada L&");
    EXPECT_EQ(form.get_all("a").size(), 2U);
    request empty = form_with("", "APPLICATION/x-www-form-urlencoded; charset=utf-8");
    EXPECT_TRUE(patio::testing::run(read_form(empty)).empty());
}

TEST(read_form, refuses_what_is_no_form) {
    EXPECT_EQ(status_of(form_with("a=1", "text/plain")), 415);
    EXPECT_EQ(status_of(form_with("a=1", "multipart/form-data; boundary=x")), 415);
    EXPECT_EQ(status_of(received("POST", "/")), 415);
}

TEST(read_form, has_limits) {
    EXPECT_EQ(status_of(form_with("a=1&b=2"), form_limits{}.bytes_max(7)), 200);
    EXPECT_EQ(status_of(form_with("a=1&b=2"), form_limits{}.bytes_max(6)), 413);
    EXPECT_EQ(status_of(form_with("a=1&b=2"), form_limits{}.fields_max(2)), 200);
    EXPECT_EQ(status_of(form_with("a=1&b=2&"), form_limits{}.fields_max(2)), 413);
}

}  // namespace
