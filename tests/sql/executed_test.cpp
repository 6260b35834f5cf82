// SPDX-License-Identifier: MIT

#include <patio/sql/executed.hpp>

#include <gtest/gtest.h>

namespace {

TEST(executed, tells_what_a_statement_did) {
    EXPECT_EQ(patio::sql::executed{}.changed_rows(), 0U);
    const patio::sql::executed done{3, 17};
    EXPECT_EQ(done.changed_rows(), 3U);
    EXPECT_EQ(done.last_insert_id(), 17);
}

}  // namespace
