// SPDX-License-Identifier: MIT

#include "wire_ws/session.hpp"

#include <gtest/gtest.h>

namespace {

using namespace patio::wire::ws;

void expect_silence(const session& each) {
    EXPECT_FALSE(each.may_begin_message());
    EXPECT_FALSE(each.may_continue_message());
    EXPECT_FALSE(each.may_ping());
    EXPECT_FALSE(each.may_pong());
    EXPECT_FALSE(each.may_close());
}

TEST(session, lets_all_be_said_while_it_is_open) {
    const session open{role::client};
    EXPECT_TRUE(open.may_begin_message());
    EXPECT_TRUE(open.may_continue_message());
    EXPECT_TRUE(open.may_ping());
    EXPECT_TRUE(open.may_pong());
    EXPECT_TRUE(open.may_close());
    EXPECT_TRUE(open.may_read());
    EXPECT_EQ(open.duty(), session_duty::none);
}

TEST(session, closes_from_here) {
    for (const role self : {role::server, role::client}) {
        session each{self};
        each.close_sent(close_code::going_away);
        expect_silence(each);
        EXPECT_TRUE(each.may_read()) << "the peer may still finish what it says";
        EXPECT_EQ(each.duty(), session_duty::await_close);
        EXPECT_FALSE(each.is_clean());
        each.close_received(close_code::normal);
        EXPECT_FALSE(each.may_read());
        EXPECT_EQ(each.duty(),
                  self == role::server ? session_duty::close_transport : session_duty::await_end);
        EXPECT_TRUE(each.is_clean());
        EXPECT_EQ(each.code(), close_code::normal);
        each.ended();
        EXPECT_EQ(each.duty(), session_duty::close_transport);
        EXPECT_TRUE(each.is_clean());
    }
}

TEST(session, answers_a_close_with_its_code_and_may_finish_its_message_before) {
    session each{role::server};
    each.close_received(close_code{4001});
    EXPECT_FALSE(each.may_read());
    EXPECT_FALSE(each.may_begin_message());
    EXPECT_FALSE(each.may_ping());
    EXPECT_FALSE(each.may_pong());
    EXPECT_TRUE(each.may_continue_message());
    EXPECT_TRUE(each.may_close());
    EXPECT_EQ(each.duty(), session_duty::send_close);
    EXPECT_EQ(each.answer_code(), close_code{4001});
    each.close_sent(each.answer_code());
    expect_silence(each);
    EXPECT_EQ(each.duty(), session_duty::close_transport);
    EXPECT_TRUE(each.is_clean());
    EXPECT_EQ(each.code(), close_code{4001});
}

TEST(session, answers_an_empty_close_with_an_empty_one) {
    session each{role::client};
    each.close_received(close_code::none);
    EXPECT_EQ(each.answer_code(), close_code::none);
    each.close_sent(each.answer_code());
    EXPECT_EQ(each.duty(), session_duty::await_end);
    EXPECT_EQ(each.code(), close_code::none);
}

TEST(session, ends_at_once_after_a_failure) {
    session each{role::client};
    each.failed(close_code::invalid_data);
    EXPECT_FALSE(each.may_read());
    EXPECT_FALSE(each.may_continue_message());
    EXPECT_EQ(each.duty(), session_duty::send_close);
    EXPECT_EQ(each.answer_code(), close_code::invalid_data);
    each.close_sent(each.answer_code());
    EXPECT_EQ(each.duty(), session_duty::close_transport) << "no answer is waited for";
    EXPECT_FALSE(each.is_clean());
    EXPECT_EQ(each.code(), close_code::abnormal);
    session late{role::client};
    late.close_sent(close_code::normal);
    late.failed(close_code::protocol_error);
    EXPECT_EQ(late.duty(), session_duty::close_transport);
    EXPECT_FALSE(late.is_clean());
}

TEST(session, is_abnormal_when_the_stream_ends_without_a_close) {
    for (const bool is_sent : {false, true}) {
        session each{role::server};
        if (is_sent) each.close_sent(close_code::normal);
        each.ended();
        expect_silence(each);
        EXPECT_FALSE(each.may_read());
        EXPECT_EQ(each.duty(), session_duty::close_transport);
        EXPECT_EQ(each.code(), close_code::abnormal);
        EXPECT_FALSE(each.is_clean());
    }
}

TEST(session, takes_the_first_of_what_ends_it) {
    session each{role::server};
    each.close_received(close_code::normal);
    each.close_received(close_code::going_away);
    each.failed(close_code::protocol_error);
    EXPECT_EQ(each.code(), close_code::normal);
    EXPECT_EQ(each.answer_code(), close_code::normal);
    each.close_sent(close_code::normal);
    EXPECT_TRUE(each.is_clean());
}

}  // namespace
