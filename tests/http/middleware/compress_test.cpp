// SPDX-License-Identifier: MIT

#include <patio/http/middleware/compress.hpp>

#include "http/answers.hpp"
#include "http/coding.hpp"

#include <patio/core/sleep.hpp>
#include <patio/http/router.hpp>
#include <patio/testing/cancel_everywhere.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::byte_span;
using patio::byte_view;
using patio::http::body;
using patio::http::coding_fault;
using patio::http::coding_list;
using patio::http::coding_state;
using patio::http::compress;
using patio::http::compress_options;
using patio::http::request;
using patio::http::response;
using patio::http::router;
using patio::http::test_support::answer_of;
using patio::http::test_support::received;
using patio::http::test_support::seen_answer;

std::string numbered(std::size_t bytes) {
    std::string text;
    for (int i = 0; text.size() < bytes; ++i)
        text.append("line ").append(std::to_string(i)).append("\n");
    text.resize(bytes);
    return text;
}

std::string decoded(std::string_view text, std::string_view codings) {
    coding_list list;
    EXPECT_EQ(list.read(codings), coding_fault::none);
    patio::http::decoder machine{list, std::size_t{1} << 24};
    std::string plain(std::size_t{1} << 22, '\0');
    byte_view rest{text};
    std::size_t count = 0;
    for (;;) {
        const auto step = machine.decode(rest, byte_span{plain}.from(count));
        rest = rest.from(step.read);
        count += step.written;
        if (step.state != coding_state::wants_room) break;
    }
    EXPECT_EQ(machine.finish(), coding_fault::none);
    plain.resize(count);
    return plain;
}

response text_response(std::string text) {
    return response{std::move(text)}.with("Content-Type", "text/plain");
}

seen_answer answer(response made, std::string_view accepted,
                   compress_options options = compress_options{}) {
    router site;
    site.use(compress(options));
    auto* const kept = &made;
    site.get("/", [kept](request&) { return std::move(*kept); });
    request asked = received("GET", "/");
    if (!accepted.empty()) asked.with("Accept-Encoding", accepted);
    return answer_of(site, std::move(asked));
}

std::string coding_of(response made, std::string_view accepted) {
    return answer(std::move(made), accepted).header("Content-Encoding");
}

TEST(compression, is_what_the_client_likes_best) {
    const auto chosen = [](std::string_view accepted) {
        return coding_of(text_response(numbered(4000)), accepted);
    };
    EXPECT_EQ(chosen("gzip"), "gzip");
    EXPECT_EQ(chosen("gzip, deflate, br"), "br");
    EXPECT_EQ(chosen("gzip, deflate, br, zstd"), "zstd");
    EXPECT_EQ(chosen("gzip, br;q=0.5"), "gzip");
    EXPECT_EQ(chosen("*"), "zstd");
    EXPECT_EQ(chosen("*, zstd;q=0"), "br");
    EXPECT_EQ(chosen(""), "(none)");
    EXPECT_EQ(chosen("deflate"), "(none)");
    EXPECT_EQ(chosen("identity, gzip;q=0.5"), "(none)");
    EXPECT_EQ(chosen("identity;q=0.5, gzip"), "gzip");
    EXPECT_EQ(chosen("gzip;q=0"), "(none)");
}

TEST(compression, gives_the_same_bytes_back) {
    for (const std::size_t size : {std::size_t{1024}, std::size_t{64} << 10, std::size_t{300000}})
        for (const std::string_view accepted : {"gzip", "br", "zstd"}) {
            const std::string text = numbered(size);
            const auto seen = answer(text_response(text), accepted);
            EXPECT_EQ(seen.header("Content-Encoding"), accepted);
            EXPECT_LT(seen.text.size(), size / 2);
            EXPECT_EQ(decoded(seen.text, accepted), text) << accepted << size;
        }
}

TEST(compression, is_for_what_gains) {
    const auto of_type = [](std::string_view type) {
        return coding_of(response{numbered(4000)}.with("Content-Type", type), "gzip");
    };
    for (const std::string_view type :
         {"text/html; charset=utf-8", "TEXT/css", "application/json", "application/problem+json",
          "image/svg+xml", "application/wasm", "text/javascript"}) {
        EXPECT_EQ(of_type(type), "gzip") << type;
    }
    for (const std::string_view type : {"image/png", "application/zip", "video/mp4"})
        EXPECT_EQ(of_type(type), "(none)") << type;
    EXPECT_EQ(coding_of(response{numbered(4000)}, "gzip"), "(none)");
}

TEST(compression, leaves_alone_what_must_not_be_touched) {
    const std::string text = numbered(4000);
    EXPECT_EQ(coding_of(text_response(text).with("Content-Encoding", "x"), "gzip"), "x");
    EXPECT_EQ(coding_of(text_response(text).with("Cache-Control", "public, no-transform"), "gzip"),
              "(none)");
    EXPECT_EQ(
        coding_of(text_response(text).status(206).with("Content-Range", "bytes 0-1/2"), "gzip"),
        "(none)");
    EXPECT_EQ(coding_of(text_response(numbered(1023)), "gzip"), "(none)");
    EXPECT_EQ(coding_of(text_response(text).status(404), "gzip"), "gzip");
    const auto eager = answer(text_response("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "gzip",
                              compress_options{}.bytes_min(1));
    EXPECT_EQ(eager.header("Content-Encoding"), "gzip");
}

TEST(compression, is_not_used_if_it_does_not_help) {
    std::string noise;
    unsigned state = 1;
    while (noise.size() < 2000) {
        state = state * 1664525U + 1013904223U;
        noise.push_back(static_cast<char>(state >> 24U));
    }
    const auto seen = answer(text_response(noise).with("ETag", "\"x\""), "gzip");
    EXPECT_EQ(seen.header("Content-Encoding"), "(none)");
    EXPECT_EQ(seen.header("ETag"), "\"x\"");
    EXPECT_EQ(seen.text, noise);
}

TEST(compression, tells_caches_and_clients) {
    const std::string text = numbered(4000);
    const auto seen =
        answer(text_response(text).with("ETag", "\"x\"").with("Vary", "Origin"), "gzip");
    EXPECT_EQ(seen.header("ETag"), "W/\"x\"");
    EXPECT_EQ(seen.header("Vary"), "Origin, Accept-Encoding");
    const auto plain = answer(text_response(text).with("ETag", "W/\"x\""), "");
    EXPECT_EQ(plain.header("Vary"), "Accept-Encoding");
    EXPECT_EQ(plain.header("ETag"), "W/\"x\"");
    EXPECT_EQ(answer(text_response(text).with("Vary", "*"), "br").header("Vary"), "*");
    EXPECT_EQ(answer(response{text}.with("Content-Type", "image/png"), "br").header("Vary"),
              "(none)");
}

patio::async_generator<std::string> slowly() {
    for (const char* piece : {"first ", "second ", "third"}) {
        co_await patio::sleep(1s);
        co_yield std::string{piece};
    }
}

TEST(compression, sends_each_piece_of_a_stream_on) {
    for (const std::string_view accepted : {"gzip", "br", "zstd"}) {
        const auto main = [accepted]() -> async<> {
            router site;
            site.use(compress());
            site.get("/", [](request&) {
                return response{body{slowly()}}.with("Content-Type", "text/event-stream");
            });
            request asked = received("GET", "/");
            asked.with("Accept-Encoding", accepted);
            auto answering = site.answer(asked);
            response got = co_await std::move(answering);
            coding_list list;
            EXPECT_EQ(list.read(*got.header("Content-Encoding")), coding_fault::none);
            patio::http::decoder machine{list, 1000};
            auto reading = got.body().read_some(1000);
            const std::string piece = co_await std::move(reading);
            char plain[100];
            const auto step = machine.decode(byte_view{piece}, byte_span{plain, sizeof plain});
            EXPECT_EQ((std::string_view{plain, step.written}), "first ") << accepted;
            EXPECT_EQ(patio::now().since_origin().count(), 1'000'000'000);
        };
        patio::testing::run(main);
    }
}

TEST(compression, prefers_gzip_for_streams) {
    EXPECT_EQ(coding_of(response{body{slowly()}}.with("Content-Type", "text/event-stream"),
                        "gzip, br, zstd"),
              "gzip");
}

TEST(compression, can_be_cancelled_everywhere) {
    const auto main = []() -> async<> {
        router site;
        site.use(compress());
        site.get("/", [](request&) {
            return response{body{slowly()}}.with("Content-Type", "text/plain");
        });
        request asked = received("GET", "/");
        asked.with("Accept-Encoding", "gzip");
        auto answering = site.answer(asked);
        response got = co_await std::move(answering);
        auto reading = got.text();
        const std::string all = co_await std::move(reading);
        EXPECT_EQ(decoded(all, "gzip"), "first second third");
    };
    EXPECT_GT(patio::testing::cancel_everywhere(main), 3U);
}

}  // namespace
