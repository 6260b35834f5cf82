// SPDX-License-Identifier: MIT

#include "io/open_beneath.hpp"

#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using patio::async;
using patio::detail::beneath;
using patio::detail::links_beneath;
using patio::detail::open_beneath;
using patio::detail::opened_beneath;
using patio::test_support::scratch_directory;
namespace fs = std::filesystem;

class opening_beneath : public patio::test_support::on_each_driver {
protected:
    scratch_directory outer;
    std::string root = outer / "root";

    void SetUp() override {
        fs::create_directories(root + "/sub");
        (void)outer.make("secret", "secret");
        (void)outer.make("root/file", "12345");
        fs::create_directory(outer / "root2");
    }
    /// What comes of it, at once and with a thread; it has to be the same.
    beneath outcome_of(std::string path, links_beneath links = links_beneath::stay_inside) {
        auto on_thread = patio::detail::open_beneath_on_thread(root, path, links);
        const beneath expected = patio::run(std::move(on_thread), options()).outcome;
        auto opening = open_beneath(root, std::move(path), links);
        const beneath outcome = patio::run(std::move(opening), options()).outcome;
        EXPECT_EQ(outcome, expected);
        return outcome;
    }
};
PATIO_TEST_ON_EACH_DRIVER(opening_beneath);

TEST_P(opening_beneath, gives_the_file_and_what_it_is) {
    const auto main = [this]() -> async<> {
        auto opening = open_beneath(root, "file");
        opened_beneath got = co_await std::move(opening);
        EXPECT_EQ(got.outcome, beneath::found);
        EXPECT_TRUE(got.status.is_regular());
        EXPECT_EQ(got.status.size(), 5U);
        const std::string all = co_await got.opened.read_all();
        EXPECT_EQ(all, "12345");
        EXPECT_EQ(got.opened.path(), root + "/file");
    };
    patio::run(main(), options());
}

TEST_P(opening_beneath, needs_no_thread_for_what_is_in_memory) {
    (void)outcome_of("file");  // now it is
    const auto main = [this]() -> async<> {
        patio::detail::opened_beneath got;
        bool has_waited = true;
        const auto opens = [&]() -> async<> {
            auto opening = open_beneath(root, "file");
            got = co_await std::move(opening);
            has_waited = false;
        };
        auto task = patio::create_task(opens());
        co_await patio::yield();
        EXPECT_FALSE(has_waited);
        co_await std::move(task);
        EXPECT_EQ(got.outcome, beneath::found);
    };
    patio::run(main(), options());
}

TEST_P(opening_beneath, finds_directories_and_the_root) {
    EXPECT_EQ(outcome_of("sub"), beneath::found);
    EXPECT_EQ(outcome_of(""), beneath::found);
}

TEST_P(opening_beneath, does_not_find_what_is_not_there) {
    EXPECT_EQ(outcome_of("none"), beneath::not_found);
    EXPECT_EQ(outcome_of("file/x"), beneath::not_found);
    EXPECT_EQ(outcome_of(std::string(5000, 'x')), beneath::not_found);
}

TEST_P(opening_beneath, does_not_leave_the_directory) {
    fs::create_symlink("../secret", root + "/out");
    fs::create_symlink("/etc", root + "/absolute");
    fs::create_symlink("file", root + "/in");
    EXPECT_EQ(outcome_of("../secret"), beneath::not_found);
    EXPECT_EQ(outcome_of("/etc/passwd"), beneath::not_found);
    EXPECT_EQ(outcome_of("out"), beneath::not_found);
    EXPECT_EQ(outcome_of("absolute/passwd"), beneath::not_found);
    EXPECT_EQ(outcome_of("in"), beneath::found);
    EXPECT_EQ(outcome_of("out", links_beneath::may_leave), beneath::found);
}

TEST_P(opening_beneath, does_not_wait_for_a_writer_of_a_fifo) {
    ASSERT_EQ(::mkfifo((root + "/fifo").c_str(), 0600), 0);
    EXPECT_EQ(outcome_of("fifo"), beneath::found);
}

TEST_P(opening_beneath, refuses_zeros) {
    EXPECT_THROW((void)outcome_of(std::string("fi\0le", 5)), patio::error);
}

TEST_P(opening_beneath, knows_from_names_what_is_inside) {
    const int inside = ::open(root.c_str(), O_PATH | O_DIRECTORY);
    const int file = ::open((root + "/file").c_str(), O_RDONLY);
    const int beside = ::open((outer / "root2").c_str(), O_RDONLY);
    const int secret = ::open((outer / "secret").c_str(), O_RDONLY);
    EXPECT_TRUE(patio::detail::is_beneath(inside, file));
    EXPECT_TRUE(patio::detail::is_beneath(inside, inside));
    EXPECT_FALSE(patio::detail::is_beneath(inside, beside));
    EXPECT_FALSE(patio::detail::is_beneath(inside, secret));
    for (const int fd : {inside, file, beside, secret})
        ::close(fd);
}

}  // namespace
