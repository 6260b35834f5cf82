// SPDX-License-Identifier: MIT

#include "wire_ws/deflate_agreement.hpp"

#include "wire_ws/field_list.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using namespace patio::wire::ws;

/// The server's answer, or why there is none.
std::string chosen(std::string_view offers, const deflate_wishes& wishes = {}) {
    const auto answer = choose_offer(offers, wishes);
    switch (answer.status) {
        case agreement_status::agreed:
            return answer.field;
        case agreement_status::none:
            return "none";
        case agreement_status::malformed:
            return "malformed";
        default:
            return "?";
    }
}

const char* judged(std::string_view answer, const deflate_wishes& wishes = {}) {
    switch (check_answer(answer, wishes).status) {
        case agreement_status::agreed:
            return "agreed";
        case agreement_status::none:
            return "none";
        case agreement_status::malformed:
            return "malformed";
        default:
            return "invalid";
    }
}

TEST(deflate_server, answers_what_it_was_offered) {
    EXPECT_EQ(chosen("permessage-deflate"), "permessage-deflate");
    EXPECT_EQ(chosen("permessage-deflate; client_max_window_bits"), "permessage-deflate");
    EXPECT_EQ(chosen("permessage-deflate; client_max_window_bits=10"),
              "permessage-deflate; client_max_window_bits=10");
    EXPECT_EQ(chosen("permessage-deflate; server_max_window_bits=8"),
              "permessage-deflate; server_max_window_bits=8");
    EXPECT_EQ(chosen("permessage-deflate; server_max_window_bits=15"),
              "permessage-deflate; server_max_window_bits=15");
    EXPECT_EQ(chosen("permessage-deflate; server_no_context_takeover"),
              "permessage-deflate; server_no_context_takeover");
    EXPECT_EQ(chosen("permessage-deflate; client_no_context_takeover"),
              "permessage-deflate; client_no_context_takeover");
    EXPECT_EQ(chosen("Permessage-Deflate ;Client_Max_Window_Bits = \"1\\2\""),
              "permessage-deflate; client_max_window_bits=12");
    EXPECT_EQ(chosen(""), "none");
    EXPECT_EQ(chosen(" , ,"), "none");
    EXPECT_EQ(chosen("x-webkit-deflate-frame, bbf-usp-protocol; a=b"), "none");
}

TEST(deflate_server, keeps_to_its_own_wishes) {
    deflate_wishes wishes;
    wishes.own_window_bits_max = 11;
    wishes.peer_window_bits_max = 10;
    wishes.own_drops_context = true;
    wishes.peer_drops_context = true;
    EXPECT_EQ(chosen("permessage-deflate; client_max_window_bits", wishes),
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
              "server_max_window_bits=11; client_max_window_bits=10");
    EXPECT_EQ(
        chosen("permessage-deflate; client_max_window_bits=9; server_max_window_bits=10", wishes),
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
        "server_max_window_bits=10; client_max_window_bits=9");
    const auto without = choose_offer("permessage-deflate", wishes);
    EXPECT_EQ(without.agreement.client_window_bits, 15) << "it may not be said to this client";
    EXPECT_EQ(without.field.find("client_max"), std::string::npos);
}

TEST(deflate_server, passes_over_offers_that_it_does_not_know) {
    for (const char* bad :
         {"unknown", "unknown=1", "server_no_context_takeover=1", "client_no_context_takeover=1",
          "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
          "server_max_window_bits=08", "server_max_window_bits=+9", "server_max_window_bits=150",
          "client_max_window_bits=7", "client_max_window_bits=x",
          "server_no_context_takeover; server_no_context_takeover",
          "client_max_window_bits; client_max_window_bits",
          "client_max_window_bits=10; client_max_window_bits=10",
          "server_max_window_bits=10; server_max_window_bits=10"}) {
        const std::string offer = std::string{"permessage-deflate; "} + bad;
        EXPECT_EQ(chosen(offer), "none") << bad;
        EXPECT_EQ(chosen(offer + ", permessage-deflate; server_max_window_bits=9"),
                  "permessage-deflate; server_max_window_bits=9")
            << bad;
    }
    EXPECT_EQ(chosen("permessage-deflate; server_max_window_bits=9, permessage-deflate"),
              "permessage-deflate; server_max_window_bits=9")
        << "the first one that is good";
}

TEST(deflate_server, refuses_a_field_that_is_none) {
    for (const char* bad : {"permessage-deflate;", "permessage-deflate; =1", "; a", "=",
                            "permessage-deflate; a=", "permessage-deflate; a=\"", "a b",
                            "permessage-deflate; a=\"b c\"", "permessage-deflate; a=\"\"",
                            "permessage-deflate; a=\"b\\", "permessage-deflate, \x01", "a/b"}) {
        EXPECT_EQ(chosen(bad), "malformed") << bad;
    }
}

TEST(deflate_client, offers_what_it_wishes) {
    deflate_wishes wishes;
    EXPECT_EQ(make_offer(wishes), "permessage-deflate; client_max_window_bits");
    wishes.own_window_bits_max = 10;
    wishes.peer_window_bits_max = 11;
    wishes.own_drops_context = true;
    wishes.peer_drops_context = true;
    EXPECT_EQ(make_offer(wishes),
              "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
              "server_max_window_bits=11; client_max_window_bits=10");
}

TEST(deflate_client, judges_the_answer) {
    EXPECT_STREQ(judged(""), "none");
    EXPECT_STREQ(judged("permessage-deflate"), "agreed");
    EXPECT_STREQ(judged("permessage-deflate; server_no_context_takeover"), "agreed");
    EXPECT_STREQ(judged("permessage-deflate; client_max_window_bits=8"), "agreed");
    EXPECT_STREQ(judged("permessage-deflate; client_max_window_bits"), "invalid");
    EXPECT_STREQ(judged("permessage-deflate; server_max_window_bits"), "invalid");
    EXPECT_STREQ(judged("permessage-deflate; server_max_window_bits=16"), "invalid");
    EXPECT_STREQ(judged("permessage-deflate; unknown"), "invalid");
    EXPECT_STREQ(judged("permessage-deflate, permessage-deflate"), "invalid");
    EXPECT_STREQ(judged("permessage-deflate, another"), "invalid");
    EXPECT_STREQ(judged("another"), "invalid");
    EXPECT_STREQ(judged("permessage-deflate; ="), "malformed");
    deflate_wishes wishes;
    wishes.own_window_bits_max = 10;
    wishes.peer_window_bits_max = 11;
    EXPECT_STREQ(judged("permessage-deflate", wishes), "invalid") << "the window was asked for";
    EXPECT_STREQ(judged("permessage-deflate; server_max_window_bits=12", wishes), "invalid");
    EXPECT_STREQ(judged("permessage-deflate; server_max_window_bits=11", wishes), "agreed");
    const char* more = "permessage-deflate; server_max_window_bits=11; client_max_window_bits=11";
    EXPECT_STREQ(judged(more, wishes), "invalid");
    wishes.peer_drops_context = true;
    EXPECT_STREQ(judged("permessage-deflate; server_max_window_bits=11", wishes), "invalid");
}

TEST(deflate, is_agreed_on_by_both_ends_alike) {
    for (int bits = 0; bits < 16 * 16; ++bits) {
        deflate_wishes client;
        deflate_wishes server;
        client.own_drops_context = (bits & 1) != 0;
        client.peer_drops_context = (bits & 2) != 0;
        server.own_drops_context = (bits & 4) != 0;
        server.peer_drops_context = (bits & 8) != 0;
        client.own_window_bits_max = (bits & 16) != 0 ? 9 : 15;
        client.peer_window_bits_max = (bits & 32) != 0 ? 10 : 15;
        server.own_window_bits_max = (bits & 64) != 0 ? 8 : 15;
        server.peer_window_bits_max = (bits & 128) != 0 ? 12 : 15;
        const auto chosen_there = choose_offer(make_offer(client), server);
        ASSERT_EQ(chosen_there.status, agreement_status::agreed);
        const auto here = check_answer(chosen_there.field, client);
        ASSERT_EQ(here.status, agreement_status::agreed) << chosen_there.field;
        EXPECT_EQ(here.agreement, chosen_there.agreement) << chosen_there.field;
    }
}

}  // namespace
