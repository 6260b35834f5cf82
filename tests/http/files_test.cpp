// SPDX-License-Identifier: MIT

#include <patio/http/files.hpp>

#include "http/answers.hpp"
#include "http/file_body.hpp"
#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/core/errors.hpp>
#include <patio/core/timeout.hpp>
#include <patio/http/router.hpp>
#include <patio/io/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::files;
using patio::http::files_options;
using patio::http::headers;
using patio::http::request;
using patio::http::response;
using patio::http::router;
using patio::http::test_support::ask;
using patio::http::test_support::received;
using patio::http::test_support::seen_answer;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace fs = std::filesystem;

class static_files : public patio::test_support::on_each_driver {
protected:
    patio::test_support::scratch_directory outer;
    std::string root = outer / "public";
    files_options settings;

    void SetUp() override {
        fs::create_directories(root + "/sub/deep");
        fs::create_directories(root + "/empty");
        (void)outer.make("secret", "secret");
        (void)outer.make("public/a.txt", "0123456789");
        (void)outer.make("public/index.html", "<p>root");
        (void)outer.make("public/sub/index.html", "<p>sub");
        (void)outer.make("public/sub/b c.css", "p {}");
        (void)outer.make("public/.hidden", "hidden");
        (void)outer.make("public/nothing", "");
    }

    seen_answer answer(std::string_view target, const headers& with = {},
                       std::string_view method = "GET") {
        router site;
        site.mount("/s", files(root, settings));
        request asked = received(method, target);
        asked.headers() = with;
        return patio::run(ask(site, asked), options());
    }
    int status(std::string_view target) { return answer(target).status; }
    seen_answer part(std::string range) { return answer("/s/a.txt", {"Range", range}); }
};
PATIO_TEST_ON_EACH_DRIVER(static_files);

TEST_P(static_files, are_found_by_their_paths) {
    const auto seen = answer("/s/a.txt?v=1");
    EXPECT_EQ(seen.status, 200);
    EXPECT_EQ(seen.text, "0123456789");
    EXPECT_EQ(seen.header("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(seen.header("Accept-Ranges"), "bytes");
    EXPECT_EQ(seen.header("Cache-Control"), "(none)");
    EXPECT_THAT(seen.header("Last-Modified"), EndsWith(" GMT"));
    EXPECT_THAT(seen.header("ETag"), StartsWith("\"a-"));
    EXPECT_EQ(answer("/s/sub/b%20c.css").text, "p {}");
    EXPECT_EQ(status("/s/none"), 404);
    EXPECT_EQ(status("/s/a.txt/"), 404);
    EXPECT_EQ(status("/s/a.txt/x"), 404);
    EXPECT_EQ(answer("/s/nothing").text, "");
    EXPECT_EQ(answer("/s/nothing").status, 200);
}

TEST_P(static_files, are_sent_as_files) {
    const auto main = [this]() -> async<> {
        const auto site = files(root);
        request asked = received("GET", "/a.txt");
        auto answering = site->answer(asked);
        response got = co_await std::move(answering);
        auto* source = patio::http::detail::body_access::source(got.body());
        EXPECT_NE(dynamic_cast<patio::http::detail::file_body*>(source), nullptr);
        EXPECT_EQ(got.body().length(), 10U);
    };
    patio::run(main(), options());
}

TEST_P(static_files, have_an_index_for_each_directory) {
    EXPECT_EQ(answer("/s/").text, "<p>root");
    EXPECT_EQ(answer("/s/sub/").text, "<p>sub");
    EXPECT_EQ(answer("/s/sub/").header("Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(status("/s/empty/"), 404);
    settings.index("");
    EXPECT_EQ(status("/s/sub/"), 404);
}

TEST_P(static_files, send_to_the_path_with_a_slash_for_a_directory) {
    EXPECT_EQ(answer("/s/sub").status, 301);
    EXPECT_EQ(answer("/s/sub?a=b").header("Location"), "/s/sub/?a=b");
    EXPECT_EQ(answer("/s").header("Location"), "/s/");
}

TEST_P(static_files, do_not_send_to_other_hosts) {
    const auto site = files(root);
    for (const std::string_view target : {"//sub", "/\\sub", "/%5Csub", "//sub/.."}) {
        request asked = received("GET", target);
        EXPECT_EQ(patio::run(ask(*site, asked), options()).status, 404) << target;
    }
}

TEST_P(static_files, stay_in_their_directory) {
    for (const std::string_view target :
         {"/s/../secret", "/s/%2e%2e/secret", "/s/..%2fsecret", "/s/sub/../../secret", "/s//secret",
          "/s/%2Fetc%2Fpasswd", "/s//etc/passwd", "/s/..%5csecret", "/s/a.txt%00.html", "/s/%00",
          "/s/sub/./index.html", "/s/.", "/s/..", "/s/sub/..", "/s/%c0%ae%c0%ae/secret"}) {
        EXPECT_EQ(status(target), 404) << target;
    }
    EXPECT_EQ(status("/s/" + std::string(300, 'a')), 404);
}

TEST_P(static_files, do_not_follow_links_that_leave_the_directory) {
    fs::create_symlink("../secret", root + "/out");
    fs::create_symlink("a.txt", root + "/in");
    fs::create_directory_symlink("..", root + "/up");
    EXPECT_EQ(status("/s/out"), 404);
    EXPECT_EQ(status("/s/up/secret"), 404);
    EXPECT_EQ(status("/s/in"), 200);
    settings.links_may_leave();
    EXPECT_EQ(answer("/s/out").text, "secret");
}

TEST_P(static_files, do_not_show_hidden_names) {
    fs::create_directory(root + "/.git");
    (void)outer.make("public/.git/config", "x");
    EXPECT_EQ(status("/s/.hidden"), 404);
    EXPECT_EQ(status("/s/%2Ehidden"), 404);
    EXPECT_EQ(status("/s/.git/config"), 404);
    settings.hidden_files();
    EXPECT_EQ(answer("/s/.hidden").text, "hidden");
    EXPECT_EQ(status("/s/.."), 404);
}

TEST_P(static_files, are_forbidden_if_the_process_may_not_read_them) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
    fs::permissions(root + "/a.txt", fs::perms::none);
    EXPECT_EQ(status("/s/a.txt"), 403);
}

TEST_P(static_files, are_read_only) {
    const auto refused = answer("/s/a.txt", {}, "POST");
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.header("Allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(answer("/s/a.txt", {}, "OPTIONS").status, 204);
    EXPECT_EQ(answer("/s/a.txt", {}, "HEAD").status, 200);
}

TEST_P(static_files, are_not_sent_to_who_has_them) {
    const auto first = answer("/s/a.txt");
    settings.cache_control(1h);
    const auto again = answer("/s/a.txt", {"If-None-Match", first.header("ETag")});
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.text, "");
    EXPECT_EQ(again.header("ETag"), first.header("ETag"));
    EXPECT_EQ(again.header("Cache-Control"), "max-age=3600");
    EXPECT_EQ(answer("/s/a.txt", {"If-Modified-Since", first.header("Last-Modified")}).status, 304);
    EXPECT_EQ(answer("/s/a.txt", {"If-Match", "\"x\""}).status, 412);
    (void)outer.make("public/a.txt", "01234567890");
    EXPECT_EQ(answer("/s/a.txt", {"If-None-Match", first.header("ETag")}).status, 200);
}

TEST_P(static_files, are_never_younger_than_now) {
    fs::last_write_time(root + "/a.txt", fs::file_time_type::clock::now() + 24h);
    const auto seen = answer("/s/a.txt");
    EXPECT_EQ(answer("/s/a.txt", {"If-Modified-Since", seen.header("Last-Modified")}).status, 304);
}

TEST_P(static_files, are_sent_in_parts) {
    const auto middle = part("bytes=2-4");
    EXPECT_EQ(middle.status, 206);
    EXPECT_EQ(middle.text, "234");
    EXPECT_EQ(middle.header("Content-Range"), "bytes 2-4/10");
    EXPECT_EQ(part("bytes=-3").text, "789");
    EXPECT_EQ(part("bytes=7-").text, "789");
    EXPECT_EQ(part("bytes=7-100").text, "789");
    EXPECT_EQ(part("bytes=0-1,2-4").text, "01234");
    const auto beyond = part("bytes=10-");
    EXPECT_EQ(beyond.status, 416);
    EXPECT_EQ(beyond.header("Content-Range"), "bytes */10");
    EXPECT_EQ(part("lines=1-2").status, 200);
    EXPECT_EQ(part("bytes=4-2").status, 200);
    EXPECT_EQ(answer("/s/a.txt", {"Range", "bytes=2-4"}, "HEAD").status, 200);
}

TEST_P(static_files, are_sent_in_several_parts_at_once) {
    (void)outer.make("public/long.txt", patio::test_support::pattern(1000));
    const auto seen = answer("/s/long.txt", {"Range", "bytes=0-1,500-501"});
    EXPECT_EQ(seen.status, 206);
    EXPECT_THAT(seen.header("Content-Type"), StartsWith("multipart/byteranges; boundary="));
    EXPECT_EQ(seen.header("Content-Range"), "(none)");
    EXPECT_THAT(seen.text, HasSubstr("Content-Range: bytes 0-1/1000\r\n\r\n"));
    EXPECT_THAT(seen.text, HasSubstr("Content-Range: bytes 500-501/1000\r\n\r\n"));
}

TEST_P(static_files, are_sent_in_parts_only_if_they_are_the_same_still) {
    const std::string tag = answer("/s/a.txt").header("ETag");
    EXPECT_EQ(answer("/s/a.txt", headers{"Range", "bytes=0-1"}.set("If-Range", tag)).status, 206);
    EXPECT_EQ(answer("/s/a.txt", headers{"Range", "bytes=0-1"}.set("If-Range", "\"x\"")).status,
              200);
}

TEST_P(static_files, may_be_compressed_beforehand) {
    (void)outer.make("public/a.txt.br", "brotli");
    (void)outer.make("public/a.txt.gz", "gzip");
    EXPECT_EQ(answer("/s/a.txt", {"Accept-Encoding", "br"}).text, "0123456789");
    settings.precompressed();
    const auto best = answer("/s/a.txt", {"Accept-Encoding", "gzip, br, zstd"});
    EXPECT_EQ(best.text, "brotli");
    EXPECT_EQ(best.header("Content-Encoding"), "br");
    EXPECT_EQ(best.header("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(best.header("Vary"), "Accept-Encoding");
    EXPECT_EQ(answer("/s/a.txt", {"Accept-Encoding", "gzip, br;q=0.5"}).text, "gzip");
    const auto bare = answer("/s/a.txt");
    EXPECT_EQ(bare.text, "0123456789");
    EXPECT_EQ(bare.header("Content-Encoding"), "(none)");
    EXPECT_EQ(bare.header("Vary"), "Accept-Encoding");
    EXPECT_NE(bare.header("ETag"), best.header("ETag"));
}

TEST_P(static_files, can_be_given_up_while_they_are_opened) {
    const auto main = [this]() -> async<> {
        const auto site = files(root);
        for (int i = 0; i < 20; ++i) {
            request asked = received("GET", "/a.txt");
            auto answering = site->answer(asked);
            (void)co_await patio::move_on_after(std::chrono::microseconds{i * 5},
                                                std::move(answering));
        }
    };
    patio::run(main(), options());
}

TEST(files_options, refuse_an_age_below_zero) {
    EXPECT_THROW(files_options{}.cache_control(-1s), patio::usage_error);
}

}  // namespace
