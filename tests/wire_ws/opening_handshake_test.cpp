// SPDX-License-Identifier: MIT

#include "wire_ws/opening_handshake.hpp"

#include "wire_ws/opening_key.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace patio::wire::ws;

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

// The example of RFC 6455 section 1.2.
std::vector<field> request_lines() {
    return {{"Host", "server.example.com"},   {"Upgrade", "websocket"},
            {"Connection", "Upgrade"},        {"Sec-WebSocket-Key", key},
            {"Origin", "http://example.com"}, {"Sec-WebSocket-Protocol", "chat, superchat"},
            {"Sec-WebSocket-Version", "13"}};
}

std::vector<field> response_lines() {
    return {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", accept}};
}

std::vector<field> with(std::vector<field> lines, std::string_view name, std::string_view value) {
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [name](const field& each) { return each.name == name; });
    if (found == lines.end()) {
        lines.push_back({name, value});
    } else {
        found->value = value;
    }
    return lines;
}

std::vector<field> without(std::vector<field> lines, std::string_view name) {
    std::erase_if(lines, [name](const field& each) { return each.name == name; });
    return lines;
}

std::vector<field> and_also(std::vector<field> lines, std::string_view name,
                            std::string_view value) {
    lines.push_back({name, value});
    return lines;
}

server_answer asked(const std::vector<field>& lines, const server_offer& offer = {}) {
    opening_request request;
    request.method = "GET";
    request.lines = lines;
    return check_request(request, offer);
}

void expect_refusal(const std::vector<field>& lines, opening_error error, int status = 400) {
    const auto answer = asked(lines);
    EXPECT_EQ(answer.error, error) << describe(answer.error);
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.accept, "");
}

TEST(opening_key, is_digested_as_in_the_rfc) {
    EXPECT_EQ(accept_for(key), accept);
    std::array<std::byte, 16> bytes{};
    const std::string_view nonce = "the sample nonce";
    std::transform(nonce.begin(), nonce.end(), bytes.begin(),
                   [](char c) { return static_cast<std::byte>(c); });
    EXPECT_EQ(make_key(bytes), key);
}

// RFC 4648 section 10
TEST(opening_key, is_written_in_base64) {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [text, expected] : vectors)
        EXPECT_EQ(to_base64(text), expected);
}

TEST(opening_key, is_sixteen_bytes) {
    EXPECT_TRUE(is_valid_key(key));
    EXPECT_TRUE(is_valid_key("+/+/+/+/+/+/+/+/+/+/+g=="));
    for (const char* bad :
         {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQ",
          "dGhlIHNhbXBsZSBub25jZQo=", "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25j-Q==",
          "dGhlIHNhbXBsZSBub25j Q=="}) {
        EXPECT_FALSE(is_valid_key(bad)) << bad;
    }
}

TEST(opening_request, of_the_rfc_is_accepted) {
    const std::string_view protocols[] = {"superchat", "chat"};
    const auto answer = asked(request_lines(), {protocols, nullptr});
    EXPECT_EQ(answer.error, opening_error::none);
    EXPECT_EQ(answer.status, 101);
    EXPECT_EQ(answer.accept, accept);
    EXPECT_EQ(answer.protocol, "chat") << "the first of the client's";
    EXPECT_EQ(answer.compression.status, agreement_status::none);
    EXPECT_EQ(asked(request_lines()).protocol, "") << "none is spoken, which is no error";
}

TEST(opening_request, may_be_written_in_other_ways) {
    auto lines = request_lines();
    lines = with(lines, "Upgrade", "h2c , WebSocket");
    lines = with(lines, "Connection", "keep-alive,\tUPGRADE");
    EXPECT_EQ(asked(lines).status, 101);
    lines = without(lines, "Upgrade");
    lines = and_also(and_also(lines, "upgrade", "h2c"), "UPGRADE", "websocket");
    EXPECT_EQ(asked(lines).status, 101);
}

TEST(opening_request, is_a_get_of_http_1_1) {
    opening_request request;
    const auto lines = request_lines();
    request.lines = lines;
    request.method = "POST";
    EXPECT_EQ(check_request(request, {}).error, opening_error::method_not_get);
    request.method = "get";
    EXPECT_EQ(check_request(request, {}).error, opening_error::method_not_get);
    request.method = "GET";
    request.http_version_minor = 0;
    EXPECT_EQ(check_request(request, {}).error, opening_error::http_version_too_low);
    request.http_version_major = 2;
    EXPECT_EQ(check_request(request, {}).error, opening_error::http_version_too_low)
        << "RFC 8441 has other rules";
}

TEST(opening_request, needs_each_of_its_fields_once) {
    const auto lines = request_lines();
    expect_refusal(without(lines, "Host"), opening_error::host_missing);
    expect_refusal(and_also(lines, "Host", "b"), opening_error::host_missing);
    expect_refusal(without(lines, "Upgrade"), opening_error::upgrade_missing, 426);
    expect_refusal(with(lines, "Upgrade", "websocket/13"), opening_error::upgrade_missing, 426);
    expect_refusal(with(lines, "Connection", "close"), opening_error::connection_without_upgrade);
    expect_refusal(without(lines, "Connection"), opening_error::connection_without_upgrade);
    expect_refusal(without(lines, "Sec-WebSocket-Key"), opening_error::key_missing);
    expect_refusal(and_also(lines, "sec-websocket-key", key), opening_error::key_missing);
    expect_refusal(with(lines, "Sec-WebSocket-Key", "short"), opening_error::key_invalid);
    expect_refusal(without(lines, "Sec-WebSocket-Version"), opening_error::version_missing);
    expect_refusal(and_also(lines, "Sec-WebSocket-Version", "13"), opening_error::version_missing);
}

TEST(opening_request, of_another_version_is_told_ours) {
    for (const char* version : {"8", "12", "14", "013", "13, 8", ""}) {
        expect_refusal(with(request_lines(), "Sec-WebSocket-Version", version),
                       opening_error::version_unsupported, 426);
    }
}

TEST(opening_request, lists_different_protocols) {
    for (const char* bad : {"", ",", "a b", "chat, chat", "chat, a/b"}) {
        expect_refusal(with(request_lines(), "Sec-WebSocket-Protocol", bad),
                       opening_error::protocols_malformed);
    }
    const std::string_view spoken[] = {"late"};
    const auto two_lines = and_also(request_lines(), "Sec-WebSocket-Protocol", "Late, late");
    EXPECT_EQ(asked(two_lines, {spoken, nullptr}).protocol, "late");
}

TEST(opening_request, agrees_on_compression_if_both_want_it) {
    const deflate_wishes wishes;
    const auto lines = and_also(
        and_also(request_lines(), "Sec-WebSocket-Extensions", "permessage-deflate; unknown"),
        "Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=9");
    const auto answer = asked(lines, {{}, &wishes});
    EXPECT_EQ(answer.compression.status, agreement_status::agreed);
    EXPECT_EQ(answer.compression.field, "permessage-deflate; client_max_window_bits=9");
    EXPECT_EQ(asked(lines).compression.status, agreement_status::none);
    EXPECT_EQ(asked(lines).compression.field, "");
    expect_refusal(and_also(request_lines(), "Sec-WebSocket-Extensions", "a;;b"),
                   opening_error::extensions_malformed);
}

opening_error answered(const std::vector<field>& lines, const client_request& request) {
    return check_response(101, lines, request).error;
}

TEST(opening_response, of_the_rfc_is_accepted) {
    const std::string_view protocols[] = {"chat", "superchat"};
    const auto lines = and_also(response_lines(), "Sec-WebSocket-Protocol", "superchat");
    const auto result = check_response(101, lines, {key, protocols, nullptr});
    EXPECT_EQ(result.error, opening_error::none) << describe(result.error);
    EXPECT_EQ(result.protocol, "superchat");
    EXPECT_EQ(result.compression.status, agreement_status::none);
    EXPECT_EQ(answered(response_lines(), {key, protocols, nullptr}), opening_error::none)
        << "a server need not choose a protocol";
}

TEST(opening_response, is_refused_for_each_rule_that_it_breaks) {
    const client_request request{key, {}, nullptr};
    const auto lines = response_lines();
    EXPECT_EQ(check_response(200, lines, request).error, opening_error::status_not_101);
    EXPECT_EQ(answered(without(lines, "Upgrade"), request), opening_error::upgrade_missing);
    EXPECT_EQ(answered(with(lines, "Upgrade", "websocket, h2c"), request),
              opening_error::upgrade_missing);
    EXPECT_EQ(answered(with(lines, "Upgrade", "WebSocket"), request), opening_error::none);
    EXPECT_EQ(answered(with(lines, "Connection", "keep-alive"), request),
              opening_error::connection_without_upgrade);
    EXPECT_EQ(answered(with(lines, "Connection", "keep-alive, upgrade"), request),
              opening_error::none);
    EXPECT_EQ(answered(without(lines, "Sec-WebSocket-Accept"), request),
              opening_error::accept_missing);
    EXPECT_EQ(answered(and_also(lines, "Sec-WebSocket-Accept", accept), request),
              opening_error::accept_missing);
    EXPECT_EQ(
        answered(with(lines, "Sec-WebSocket-Accept", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo="), request),
        opening_error::accept_wrong);
    EXPECT_EQ(
        answered(with(lines, "Sec-WebSocket-Accept", " s3pPLMBiTxaQ9kYGzzhZRbK+xOo= "), request),
        opening_error::none);
}

TEST(opening_response, chooses_only_what_was_asked_for) {
    const std::string_view protocols[] = {"chat"};
    const auto lines = response_lines();
    const client_request plain{key, {}, nullptr};
    const client_request wants{key, protocols, nullptr};
    const auto named = [&](const char* name) {
        return and_also(lines, "Sec-WebSocket-Protocol", name);
    };
    EXPECT_EQ(answered(named("chat"), wants), opening_error::none);
    EXPECT_EQ(answered(named("chat"), plain), opening_error::protocol_not_asked_for);
    EXPECT_EQ(answered(named("Chat"), wants), opening_error::protocol_not_asked_for);
    EXPECT_EQ(answered(named(""), wants), opening_error::protocol_not_asked_for);
    EXPECT_EQ(answered(and_also(named("chat"), "Sec-WebSocket-Protocol", "chat"), wants),
              opening_error::protocol_not_asked_for);

    const deflate_wishes wishes;
    const client_request deflates{key, {}, &wishes};
    const auto extended = [&](const char* value) {
        return and_also(lines, "Sec-WebSocket-Extensions", value);
    };
    EXPECT_EQ(answered(extended("permessage-deflate"), deflates), opening_error::none);
    EXPECT_EQ(answered(extended("permessage-deflate"), plain),
              opening_error::extension_not_asked_for);
    EXPECT_EQ(answered(extended("another"), deflates), opening_error::extension_not_asked_for);
    EXPECT_EQ(answered(extended("permessage-deflate; x"), deflates),
              opening_error::extension_not_asked_for);
    EXPECT_EQ(answered(extended("permessage-deflate;"), deflates),
              opening_error::extensions_malformed);
    EXPECT_EQ(answered(extended(""), plain), opening_error::none);
}

TEST(opening_error, has_words_for_each) {
    for (int i = 0; i <= static_cast<int>(opening_error::extension_not_asked_for); ++i)
        EXPECT_STRNE(describe(static_cast<opening_error>(i)), "an unknown error");
}

}  // namespace
