// SPDX-License-Identifier: MIT

#include <patio/http/files.hpp>

#include "byte_ranges.hpp"
#include "file_body.hpp"
#include "io/open_beneath.hpp"
#include "mime_types.hpp"
#include "plain_response.hpp"
#include "preconditions.hpp"
#include "wire_http/dates.hpp"
#include "wire_http/lists.hpp"
#include "wire_http/ranges.hpp"

#include <patio/core/errors.hpp>
#include <patio/http/percent_encoding.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>

namespace patio::http {

namespace {

using patio::detail::beneath;
using patio::detail::links_beneath;
using patio::detail::opened_beneath;
using std::chrono::sys_seconds;

sys_seconds wall_clock() noexcept {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// The path of a file below the directory; empty if no file can have it.
std::optional<std::string> file_path(std::string_view asked, bool shows_hidden) {
    std::string path;
    if (!asked.empty()) asked.remove_prefix(1);
    while (!asked.empty()) {
        const std::string_view segment = asked.substr(0, asked.find('/'));
        asked.remove_prefix(std::min(segment.size() + 1, asked.size()));
        const std::string name = percent_decode(segment);
        constexpr std::string_view forbidden{"/\\\0", 3};
        if (name.empty() || name == "." || name == "..") return std::nullopt;
        if (name.find_first_of(forbidden) != std::string::npos) return std::nullopt;
        if (name.front() == '.' && !shows_hidden) return std::nullopt;
        path.append(path.empty() ? "" : "/").append(name);
    }
    return path;
}

std::string tag_of(const file_status& of, std::string_view coding) {
    char text[80];
    std::snprintf(text, sizeof text, "\"%llx-%llx-%llx", static_cast<unsigned long long>(of.size()),
                  static_cast<unsigned long long>(of.modified().count()),
                  static_cast<unsigned long long>(of.inode()));
    std::string tag = text;
    if (!coding.empty()) tag.append("-").append(coding);
    return tag.append("\"");
}

/// No later than now: RFC 9110 section 8.8.2.1.
sys_seconds modified_of(const file_status& of, sys_seconds now) noexcept {
    const std::chrono::nanoseconds since{of.modified().count()};
    return std::min(sys_seconds{std::chrono::floor<std::chrono::seconds>(since)}, now);
}

/// A file that a request has led to.
struct found_file {
    opened_beneath at;
    std::string_view type;
    std::string_view coding;  // of its content; empty if it has none
};

struct sibling {
    std::string_view coding;
    std::string_view extension;
};
constexpr std::array<sibling, 3> siblings = {{{"br", ".br"}, {"zstd", ".zst"}, {"gzip", ".gz"}}};

/// Those that the client accepts, the one that it likes best first.
std::vector<sibling> accepted_siblings(const request& asked) {
    const std::string accepted = asked.headers().joined("Accept-Encoding");
    const auto weight = [&accepted](const sibling& of) {
        return wire::http::weight_of_coding(accepted, of.coding);
    };
    const int bare = wire::http::weight_of_coding(accepted, "identity");
    std::vector<sibling> all;
    for (const sibling& each : siblings) {
        const int wanted = weight(each);
        if (wanted == 0 || wanted < bare) continue;
        const auto less_wanted = std::find_if(
            all.begin(), all.end(), [&](const sibling& other) { return weight(other) < wanted; });
        all.insert(less_wanted, each);
    }
    return all;
}

}  // namespace

class files_handler final : public handler {
public:
    files_handler(std::string directory, files_options options)
        : directory_{std::move(directory)}, options_{std::move(options)} {}

    async<response> answer(request& asked) override {
        if (asked.method() != "GET" && asked.method() != "HEAD") co_return refuse_method(asked);
        std::optional<std::string> path = file_path(asked.mounted_path(), options_.shows_hidden_);
        if (!path) co_return detail::plain_response(404);
        auto opening = open(*path);
        found_file found = co_await std::move(opening);
        const bool is_directory_path = asked.mounted_path().ends_with('/') || path->empty();
        if (found.at.outcome == beneath::found && found.at.status.is_directory()) {
            if (!asked.mounted_path().ends_with('/')) co_return redirect(asked);
            if (options_.index_.empty()) co_return detail::plain_response(404);
            path->append(path->empty() ? "" : "/").append(options_.index_);
            auto opening_index = open(*path);
            found = co_await std::move(opening_index);
        } else if (is_directory_path) {
            co_return detail::plain_response(404);
        }
        if (found.at.outcome == beneath::forbidden) co_return detail::plain_response(403);
        if (found.at.outcome != beneath::found || !found.at.status.is_regular()) {
            co_return detail::plain_response(404);
        }
        found.type = detail::content_type_of(*path);
        if (options_.is_precompressed_) {
            auto looking = prefer_sibling(asked, *path, found);
            co_await std::move(looking);
        }
        co_return make(asked, std::move(found));
    }

private:
    async<found_file> open(std::string path) {
        const auto links =
            options_.links_may_leave_ ? links_beneath::may_leave : links_beneath::stay_inside;
        auto opening = patio::detail::open_beneath(directory_, std::move(path), links);
        found_file found;
        found.at = co_await std::move(opening);
        co_return found;
    }

    async<> prefer_sibling(const request& asked, const std::string& path, found_file& found) {
        const std::vector<sibling> all = accepted_siblings(asked);
        for (const sibling& each : all) {
            auto opening = open(path + std::string{each.extension});
            found_file other = co_await std::move(opening);
            if (other.at.outcome != beneath::found || !other.at.status.is_regular()) continue;
            found.at = std::move(other.at);
            found.coding = each.coding;
            co_return;
        }
    }

    [[nodiscard]] static response refuse_method(const request& asked) {
        return detail::plain_response(asked.method() == "OPTIONS" ? 204 : 405)
            .with("Allow", "GET, HEAD, OPTIONS");
    }
    [[nodiscard]] static response redirect(const request& asked) {
        std::string location{asked.path()};
        const std::size_t query = asked.target().find('?');
        location.append("/");
        if (query != std::string_view::npos) location.append(asked.target().substr(query));
        return response::redirect(location, 301);
    }

    [[nodiscard]] response make(const request& asked, found_file found) const {
        const sys_seconds now = wall_clock();
        const std::uint64_t size = found.at.status.size();
        const std::string tag = tag_of(found.at.status, found.coding);
        const detail::validators own{tag, modified_of(found.at.status, now)};
        const auto condition = detail::check_preconditions(asked.headers(), own, now);
        if (condition == detail::precondition::failed) return detail::plain_response(412);

        response made;
        made.with("ETag", tag).with("Last-Modified", wire::http::format_date(own.modified).text());
        if (!options_.cache_control_.empty()) made.with("Cache-Control", options_.cache_control_);
        if (options_.is_precompressed_) made.with("Vary", "Accept-Encoding");
        if (condition == detail::precondition::not_modified) return std::move(made.status(304));
        made.with("Accept-Ranges", "bytes").with("Content-Type", found.type);
        if (!found.coding.empty()) made.with("Content-Encoding", found.coding);

        const auto range = asked.header("Range");
        wire::http::ranges parts;
        if (range && asked.method() == "GET" &&
            detail::is_range_wanted(asked.headers(), own, now)) {
            parts = wire::http::parse_range(*range, size);
        }
        if (parts.answer == wire::http::range_answer::unsatisfiable) {
            return detail::plain_response(416).with("Content-Range",
                                                    wire::http::content_range_unsatisfied(size));
        }
        if (parts.answer == wire::http::range_answer::parts) {
            put_parts(made, std::move(found), std::move(parts.parts));
        } else {
            put_part(made, std::move(found.at.opened), 0, size);
        }
        return made;
    }

    static void put_part(response& into, file from, std::uint64_t offset, std::uint64_t length) {
        into.with(http::body{std::make_unique<detail::file_body>(std::move(from), offset, length)});
    }
    static void put_parts(response& into, found_file found,
                          std::vector<wire::http::byte_range> asked) {
        const std::uint64_t size = found.at.status.size();
        std::vector<wire::http::byte_range> parts = detail::coalesce(std::move(asked));
        into.status(206);
        if (parts.size() == 1) {
            into.with("Content-Range", wire::http::content_range(parts.front(), size));
            put_part(into, std::move(found.at.opened), parts.front().first, parts.front().bytes());
            return;
        }
        auto source = std::make_unique<detail::byte_ranges_body>(
            std::move(found.at.opened), std::move(parts), size, found.type);
        into.with("Content-Type", source->content_type());
        into.with(http::body{std::move(source)});
    }

    std::string directory_;
    files_options options_;
};

files_options& files_options::cache_control(duration max_age) {
    constexpr std::int64_t second = 1'000'000'000;
    if (max_age.count() < 0) throw usage_error{"the age of a file in a cache was negative"};
    // RFC 9111 section 1.2.2: who cannot hold a larger number takes this one.
    const std::int64_t seconds = std::min<std::int64_t>(max_age.count() / second, 2147483648);
    cache_control_ = "max-age=" + std::to_string(seconds);
    return *this;
}

std::unique_ptr<handler> files(std::string directory, files_options options) {
    return std::make_unique<files_handler>(std::move(directory), std::move(options));
}

}  // namespace patio::http
