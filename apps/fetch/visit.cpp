// SPDX-License-Identifier: MIT

#include "visit.hpp"

#include "file_names.hpp"
#include "page_url.hpp"
#include "text.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/errors.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/io/file.hpp>
#include <patio/io/files.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <list>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace fetch {

namespace {

using patio::async;
using patio::duration;
namespace http = patio::http;

constexpr std::size_t redirects_max = 10;
constexpr std::size_t piece_bytes = std::size_t{64} << 10;
constexpr duration pause_max = duration::seconds(60);

/// Shows a transfer as long as it lives.
class shown_transfer {
public:
    shown_transfer(progress& in, const std::string& url) : in_{in} {
        std::string_view label = url;
        label.remove_prefix(std::min(label.find("://") + 3, label.size()));
        at_ = in_.underway.insert(in_.underway.end(),
                                  {std::string{label}, 0, std::nullopt, patio::now()});
    }
    shown_transfer(const shown_transfer&) = delete;
    shown_transfer& operator=(const shown_transfer&) = delete;
    ~shown_transfer() { in_.underway.erase(at_); }
    transfer* operator->() const { return &*at_; }

private:
    progress& in_;
    std::list<transfer>::iterator at_;
};

/// A file that is removed unless it got its name.
class part_file {
public:
    explicit part_file(std::string path) : path_{std::move(path)} {}
    part_file(const part_file&) = delete;
    part_file& operator=(const part_file&) = delete;
    ~part_file() {
        std::error_code ignored;  // the directory of parts goes away at the end anyway
        std::filesystem::remove(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

[[noreturn]] void fail_on_disk(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& e) {
        throw disk_failure{e.what()};
    }
}

/// Tells failures of the disk from those of the network.
template <class T>
async<T> on_disk(async<T> operation) {
    auto trying = patio::as_outcome(std::move(operation));
    auto done = co_await std::move(trying);
    if (!done) fail_on_disk(done.error());
    if constexpr (!std::is_void_v<T>) co_return std::move(done).value();
}

bool is_redirect(const http::response& answer) {
    constexpr int statuses[]{301, 302, 303, 307, 308};
    return std::ranges::find(statuses, answer.status()) != std::end(statuses) &&
           answer.header("Location");
}

/// Whether a status says "later" (RFC 9110 section 15).
bool is_temporary(int status) {
    return status == 429 || status == 502 || status == 503 || status == 504;
}

duration retry_after(const http::response& answer) {
    const std::string_view text = answer.header("Retry-After").value_or("");
    int seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (read.ec != std::errc{} || seconds < 0) return {};
    return std::min(duration::seconds(seconds), pause_max);
}

visited failed(visited got, std::string kind, std::string error) {
    got.result.kind = std::move(kind);
    got.result.error = std::move(error);
    return got;
}

const char* kind_of(const http::request_error& e) {
    if (e.code() == std::errc::timed_out) return "timeout";
    if (e.code() == std::errc::connection_refused) return "refused";
    if (e.code() == patio::errc::host_not_found) return "no such host";
    if (e.code() == patio::errc::malformed) return "no HTTP";
    if (e.phase() == http::request_phase::handshake) return "TLS";
    return "network";
}

/// What it says but for the address, which stands beside it anyway.
std::string_view without_address(const http::request_error& e) {
    std::string_view words = e.what();
    const std::string address = std::string{e.method()} + " " + e.url() + ": ";
    if (words.starts_with(address)) words.remove_prefix(address.size());
    return words;
}

/// One try.
class attempt {
public:
    attempt(const std::string& url, const options& how, http::client& asks, visit_host& host,
            shown_transfer& shown)
        : options_{how}, client_{asks}, host_{host}, shown_{shown}, at_{http::url::parse(url)} {}

    async<visited> run() {
        std::vector<std::string> seen{at_.href()};
        while (true) {
            auto asking = client_.get(at_.href());
            http::response answer = co_await std::move(asking);
            visited got;
            got.result.status = answer.status();
            got.result.final_url = at_.href();
            if (!is_redirect(answer)) {
                auto taking = take(std::move(answer), std::move(got));
                got = co_await std::move(taking);
                co_return got;
            }
            const auto target = page_url(*answer.header("Location"), at_);
            if (!target) co_return failed(std::move(got), "redirect", "redirect to no page");
            got.result.final_url = target->href();
            std::string mistake = mistake_in(*target, seen);
            if (!mistake.empty()) co_return failed(std::move(got), "redirect", std::move(mistake));
            answer = http::response{};  // gives its connection back
            auto judging = host_.judge(*target);
            const verdict said = co_await std::move(judging);
            if (said == verdict::known) co_return got;
            if (said == verdict::refused) {
                co_return failed(std::move(got), "redirect",
                                 "redirect to a page that shall not be fetched");
            }
            seen.push_back(target->href());
            at_ = *target;
        }
    }

private:
    /// Empty if the redirect leads on.
    static std::string mistake_in(const http::url& target, const std::vector<std::string>& seen) {
        if (std::ranges::find(seen, target.href()) != seen.end()) return "redirects in a circle";
        if (seen.size() > redirects_max)
            return fmt::format("more than {} redirects", redirects_max);
        return {};
    }

    async<visited> take(http::response answer, visited got) {
        got.result.type = printable(bare_media_type(answer.header("Content-Type").value_or("")));
        if (answer.status() >= 400) {
            got.may_be_repeated = is_temporary(answer.status());
            got.pause = retry_after(answer);
            co_return failed(std::move(got), std::to_string(answer.status()),
                             printable(fmt::format("{} {}", answer.status(), answer.reason())));
        }
        shown_->bytes_total = answer.body().length();
        const part_file part{host_.part_path()};
        auto writing = write(answer, got, part.path());
        co_await std::move(writing);

        got.result.file = host_.name_for(at_, got.result.type);
        const std::string path = options_.directory + "/" + got.result.file;
        const std::string directory = std::filesystem::path{path}.parent_path().string();
        auto making = on_disk(patio::make_directories(directory));
        co_await std::move(making);
        auto renaming = on_disk(patio::rename_file(part.path(), path));
        co_await std::move(renaming);
        co_return got;
    }

    async<> write(http::response& answer, visited& got, std::string path) {
        const bool keeps_text = host_.wants_links() && got.result.type == "text/html";
        auto opening = on_disk(patio::file::open(std::move(path), patio::file_mode::write));
        patio::file target = co_await std::move(opening);
        while (true) {
            auto reading = answer.body().read_some(piece_bytes);
            std::string piece = co_await std::move(reading);
            if (piece.empty()) break;
            const bool is_cut = piece.size() > options_.bytes_max - got.result.bytes;
            if (is_cut) piece.resize(options_.bytes_max - got.result.bytes);
            auto writing = on_disk(target.write(piece));
            co_await std::move(writing);
            got.result.bytes += piece.size();
            shown_->bytes = got.result.bytes;
            if (keeps_text) got.html += piece;
            if (is_cut) {
                got = failed(std::move(got), "too long",
                             "cut after " + bytes_text(options_.bytes_max));
                break;
            }
        }
        auto closing = on_disk(target.close());
        co_await std::move(closing);
    }

    const options& options_;
    http::client& client_;
    visit_host& host_;
    shown_transfer& shown_;
    http::url at_;
};

async<visited> try_once(std::string url, const options& how, http::client& asks, visit_host& host,
                        shown_transfer& shown) {
    attempt trying{url, how, asks, host, shown};
    auto running = patio::as_outcome(patio::timeout(how.timeout, trying.run()));
    auto tried = co_await std::move(running);
    visited got = tried ? std::move(tried).value() : failed_visit(tried.error(), how.timeout);
    co_return got;
}

}  // namespace

visited failed_visit(std::exception_ptr failure, duration timeout) {
    visited got;
    got.may_be_repeated = true;
    try {
        std::rethrow_exception(std::move(failure));
    } catch (const disk_failure&) {
        throw;
    } catch (const patio::timed_out&) {
        return failed(std::move(got), "timeout", "not there after " + seconds_text(timeout));
    } catch (const http::request_error& e) {
        const bool is_for_good = e.code() == patio::errc::malformed ||
                                 e.code() == patio::errc::limit_exceeded ||
                                 e.code() == patio::errc::host_not_found;
        got.may_be_repeated = !is_for_good;
        return failed(std::move(got), kind_of(e), printable(without_address(e)));
    } catch (const std::exception& e) {
        got.may_be_repeated = false;
        return failed(std::move(got), "network", printable(e.what()));
    }
}

async<visited> fetch_page(std::string url, const options& how, http::client& asks, visit_host& host,
                          progress& shown) {
    shown_transfer transfer{shown, url};
    duration pause = how.retry_delay;
    for (std::size_t tries = 0;; ++tries) {
        auto trying = try_once(url, how, asks, host, transfer);
        visited got = co_await std::move(trying);
        if (!got.may_be_repeated || tries == how.retries) co_return got;
        transfer->bytes = 0;
        transfer->bytes_total.reset();
        co_await patio::sleep(std::max(pause, got.pause));
        pause = std::min(pause * 2, pause_max);
    }
}

}  // namespace fetch
