// SPDX-License-Identifier: MIT

// The program itself, against a site on this machine.

#include "local_site.hpp"
#include "support/child_process.hpp"
#include "support/scratch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace {

using fetch::test_support::local_site;
using nlohmann::json;
using patio::test_support::child_process;
using patio::test_support::scratch_directory;
using ::testing::HasSubstr;
using ::testing::Not;

using words = std::vector<std::string>;

/// Becomes the program.
int become_program(const words& arguments, const std::function<void()>& before) {
    before();
    for (const char* proxy : {"http_proxy", "all_proxy", "ALL_PROXY"})
        ::unsetenv(proxy);
    std::vector<char*> list{const_cast<char*>("patio-fetch")};
    for (const std::string& each : arguments)
        list.push_back(const_cast<char*>(each.c_str()));
    list.push_back(nullptr);
    ::execv(PATIO_FETCH, list.data());
    return 99;
}

class fetching : public ::testing::Test {
protected:
    scratch_directory scratch;
    local_site site;
    std::string out = scratch / "out";

    /// Starts it with results in `out`.
    child_process started(words arguments, std::function<void()> before = [] {}) const {
        arguments.insert(arguments.end(), {"--out", out, "--retry-delay", "1ms"});
        return child_process{
            [arguments, before = std::move(before)] { return become_program(arguments, before); }};
    }
    struct ended {
        int status;
        std::string output;
    };
    ended run(const words& arguments, std::function<void()> before = [] {}) const {
        child_process program = started(arguments, std::move(before));
        program.wait();
        return {program.exit_status(), program.output()};
    }
    /// By path.
    std::map<std::string, json> results() const {
        std::map<std::string, json> found;
        std::istringstream lines{scratch_directory::content_of(out + "/results.jsonl")};
        for (std::string line; std::getline(lines, line);) {
            const json each = json::parse(line);
            const std::string url = each["url"];
            const std::string path = url.substr(url.find('/', 8));
            EXPECT_FALSE(found.contains(path)) << "twice: " << path;
            found[path] = each;
        }
        return found;
    }
    std::string content_of(const json& result) const {
        return scratch_directory::content_of(out + "/" + std::string{result["file"]});
    }
};

TEST_F(fetching, keeps_a_page_and_says_what_became_of_it) {
    const ended program = run({site / "a/1/2"});
    EXPECT_EQ(program.status, 0) << program.output;
    EXPECT_THAT(program.output, HasSubstr("200"));
    EXPECT_THAT(program.output, HasSubstr("1 page, "));
    const json page = results()["/a/1/2"];
    EXPECT_EQ(page["status"], 200);
    EXPECT_EQ(page["type"], "text/html");
    EXPECT_EQ(page["bytes"], 23);
    EXPECT_EQ(page["error"], nullptr);
    EXPECT_EQ(content_of(page), "<!doctype html>too deep");
    EXPECT_FALSE(std::filesystem::exists(out + "/.parts"));
}

TEST_F(fetching, follows_links_as_far_as_it_may) {
    const ended program = run({"--crawl", site / "", "--depth", "2"});
    EXPECT_EQ(program.status, 1) << program.output;
    const auto pages = results();
    std::string paths;
    for (const auto& [path, page] : pages)
        paths += path + " ";
    EXPECT_EQ(paths, "/ /a /a/1 /missing /moved /private/x ");
    EXPECT_EQ(pages.at("/a/1")["depth"], 2);
    EXPECT_EQ(pages.at("/")["links"], 5);
    EXPECT_EQ(pages.at("/private/x")["kind"], "robots.txt");
    EXPECT_EQ(pages.at("/missing")["error"], "404 Not Found");
    EXPECT_EQ(pages.at("/moved")["final_url"], site / "a");
    EXPECT_EQ(pages.at("/moved")["file"], nullptr);
    EXPECT_THAT(program.output, HasSubstr("1 failed: 1 × 404"));
    EXPECT_THAT(program.output, HasSubstr("1 left out, as robots.txt asks"));
    EXPECT_EQ(site.count_of("/a"), 1);
    EXPECT_EQ(site.count_of("/robots.txt"), 1);
    EXPECT_EQ(site.count_of("/private/x"), 0);
    EXPECT_EQ(site.count_of("/unwanted"), 0);
}

TEST_F(fetching, takes_no_more_pages_than_it_may) {
    const ended program = run({"--crawl", site / "a", "--pages", "2"});
    EXPECT_EQ(program.status, 0) << program.output;
    EXPECT_EQ(results().size(), 2U);
}

TEST_F(fetching, reads_urls_from_a_file) {
    const std::string list = scratch.make(
        "list", "# words\n\n " + (site / "a") + "\r\n" + (site / "a#x") + "\n" + (site / "a/1"));
    const ended program = run({"--from", list, "--sequential"});
    EXPECT_EQ(program.status, 0) << program.output;
    EXPECT_EQ(results().size(), 2U);
}

TEST_F(fetching, refuses_a_file_with_something_else_in_it) {
    const ended program = run({"--from", scratch.make("list", "\nmailto:a@b\n")});
    EXPECT_EQ(program.status, 2);
    EXPECT_THAT(program.output, HasSubstr("line 2: \"mailto:a@b\" is no URL"));
}

TEST_F(fetching, follows_redirects_but_not_in_a_circle) {
    const ended program = run({site / "away", site / "loop1"});
    EXPECT_EQ(program.status, 1) << program.output;
    const auto pages = results();
    EXPECT_EQ(pages.at("/away")["final_url"], site / "a/1/2");
    EXPECT_EQ(pages.at("/away")["status"], 200);
    EXPECT_EQ(pages.at("/loop1")["error"], "redirects in a circle");
    EXPECT_EQ(site.count_of("/loop1"), 1);
}

TEST_F(fetching, cuts_what_is_too_long) {
    const ended program = run({site / "huge", "--max-bytes", "1000000"});
    EXPECT_EQ(program.status, 1) << program.output;
    const json page = results()["/huge"];
    EXPECT_EQ(page["bytes"], 1'000'000);
    EXPECT_EQ(page["error"], "cut after 1.0 MB");
    EXPECT_EQ(content_of(page), std::string(1'000'000, 'x'));
}

TEST_F(fetching, asks_again_where_that_may_help) {
    EXPECT_EQ(run({site / "flaky", "--retries", "1"}).status, 0);
    EXPECT_EQ(site.count_of("/flaky"), 2);
}

TEST_F(fetching, gives_up_on_what_takes_too_long) {
    const ended program = run({site / "never", "--timeout", "50ms", "--retries", "0"});
    EXPECT_EQ(program.status, 1) << program.output;
    EXPECT_EQ(results()["/never"]["kind"], "timeout");
}

TEST_F(fetching, says_which_hosts_it_cannot_reach) {
    // A port that nobody listens on: 1 is for a service that no machine has.
    const ended program = run({"http://127.0.0.1:1/", "--retries", "0"});
    EXPECT_EQ(program.status, 1);
    EXPECT_EQ(results()["/"]["kind"], "refused");
    EXPECT_EQ(results()["/"]["status"], nullptr);
    EXPECT_THAT(program.output, HasSubstr("Connection refused"));
}

TEST_F(fetching, ends_cleanly_at_ctrl_c_and_goes_on_later) {
    child_process program = started({"--crawl", site / "ends"});
    EXPECT_TRUE(program.wait_for_output("/a/1/2\n"));
    EXPECT_TRUE(site.wait_for("/never"));
    program.send(SIGINT);
    program.wait();
    EXPECT_EQ(program.exit_status(), 130) << program.output();
    EXPECT_THAT(program.output(), HasSubstr("Interrupted. 1 page is waiting. To go on:"));
    EXPECT_THAT(program.output(), HasSubstr("--resume"));
    EXPECT_EQ(results().size(), 4U);
    EXPECT_FALSE(std::filesystem::exists(out + "/.parts"));

    const ended again =
        run({"--crawl", site / "ends", "--resume", "--timeout", "50ms", "--retries", "0"});
    EXPECT_EQ(again.status, 1) << again.output;
    EXPECT_EQ(results().size(), 5U);
    EXPECT_EQ(site.count_of("/never"), 2);
    EXPECT_EQ(site.count_of("/a"), 1);
}

TEST_F(fetching, loses_nothing_and_fetches_nothing_twice_when_it_is_killed) {
    {
        child_process program = started({"--crawl", site / "tree"});
        // Four of them have taken all places: those before have ended.
        for (const char* each : {"/tree/10", "/tree/11", "/tree/12", "/tree/13"})
            EXPECT_TRUE(site.wait_for(each));
        program.send(SIGKILL);
        program.wait();
        EXPECT_EQ(program.ended_by_signal(), SIGKILL);
    }
    const words once_more{"--crawl", site / "tree", "--resume", "--timeout", "1", "--retries", "1"};
    const ended again = run(once_more);
    EXPECT_EQ(again.status, 0) << again.output;
    EXPECT_EQ(results().size(), 21U);
    for (int i = 1; i <= 20; ++i) {
        const std::string path = "/tree/" + std::to_string(i);
        EXPECT_EQ(content_of(results()[path]), "<!doctype html>leaf " + path);
        EXPECT_EQ(site.count_of(path), i < 10 ? 1 : 2) << path;
    }
}

TEST_F(fetching, does_not_begin_where_another_run_has_been) {
    EXPECT_EQ(run({site / "a"}).status, 0);
    const ended again = run({site / "a"});
    EXPECT_EQ(again.status, 2);
    EXPECT_THAT(again.output, HasSubstr("--resume"));
}

TEST_F(fetching, cannot_go_on_with_nothing) {
    const ended program = run({"--resume"});
    EXPECT_EQ(program.status, 2);
    EXPECT_THAT(program.output, HasSubstr("to go on with"));
}

TEST_F(fetching, refuses_a_directory_that_cannot_be_made) {
    out = scratch.make("file", "x") + "/out";
    const ended program = run({site / "a"});
    EXPECT_EQ(program.status, 2);
    EXPECT_THAT(program.output, HasSubstr("Not a directory"));
}

TEST_F(fetching, stops_when_the_disk_takes_no_more_and_keeps_its_state) {
    const auto limit = [] {  // stands for a full disk: a limit on the size of files
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit bytes{std::size_t{1} << 20, std::size_t{1} << 20};
        ::setrlimit(RLIMIT_FSIZE, &bytes);
    };
    const ended program = run({site / "huge"}, limit);
    EXPECT_EQ(program.status, 1);
    EXPECT_THAT(program.output, HasSubstr("Stopped: "));
    EXPECT_THAT(program.output, HasSubstr("File too large"));
    EXPECT_THAT(program.output, HasSubstr("1 page is waiting"));
    EXPECT_EQ(results().size(), 0U);

    EXPECT_EQ(run({site / "huge", "--resume"}).status, 0);
    EXPECT_EQ(results()["/huge"]["bytes"], 4 << 20);
}

TEST_F(fetching, prints_plain_lines_into_a_pipe) {
    const ended program = run({site / "a"});
    EXPECT_THAT(program.output, Not(HasSubstr("\x1b")));
}

TEST_F(fetching, prints_the_summary_only_if_it_shall_be_quiet) {
    EXPECT_THAT(run({site / "a", "--quiet"}).output, Not(HasSubstr("127.0.0.1")));
}

}  // namespace
