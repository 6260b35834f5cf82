// SPDX-License-Identifier: MIT

#include <patio/http/form.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using patio::http::content;
using patio::http::form;

TEST(form, becomes_a_body_that_says_what_it_is) {
    content made = form{}.add("a", "1 2").add("a", "&");
    EXPECT_EQ(made.media_type(), "application/x-www-form-urlencoded");
    EXPECT_EQ(made.body().in_memory(), "a=1+2&a=%26");
}

TEST(form, takes_the_parameters_of_a_query) {
    form made{patio::http::query_params::parse("x=y")};
    made.add("z", "");
    EXPECT_EQ(made.params().to_string(), "x=y&z=");
}

}  // namespace
