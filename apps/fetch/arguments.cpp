// SPDX-License-Identifier: MIT

#include "options.hpp"
#include "page_url.hpp"
#include "text.hpp"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

namespace fetch {

namespace {

constexpr const char* description =
    "Fetches many pages at once: URLs, a list of them, or a whole site.\n"
    "See what that means first: patio-fetch --demo\n";
constexpr const char* footer =
    "\nPages are kept in DIR/pages, what became of each is in DIR/results.jsonl.\n"
    "Ctrl-C ends a run, --resume goes on with it.\n"
    "The exit status is 0 if all is well, 1 if pages have failed, 2 for wrong arguments and\n"
    "130 after Ctrl-C.";

void add_duration(CLI::App& app, const std::string& name, patio::duration& target,
                  const std::string& about) {
    const auto read = [&target](const std::string& text) {
        const auto length = read_duration(text);
        if (!length) throw CLI::ValidationError{"\"" + text + "\" is no time: 2, 500ms, 1m"};
        target = *length;
    };
    app.add_option_function<std::string>(name, read, about)->type_name("TIME");
}

void add_what(CLI::App& app, options& to) {
    app.add_option("URL", to.urls, "Pages to fetch");
    app.add_option("--from", to.from, "A file with one URL in each line; - is standard input")
        ->type_name("FILE");
    app.add_option("--crawl", to.crawl, "Begin with this page and follow its links on its site")
        ->type_name("URL");
    app.add_option("--depth", to.depth_max, "So many links away from the first page")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str();
    app.add_option("--pages", to.pages_max, "At most so many pages of a site")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_flag("--demo", to.is_demo, "Fetch a slow site on this machine, twice");
}

void add_how(CLI::App& app, options& to) {
    app.add_option("--concurrency", to.concurrency, "Pages at a time")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--per-host", to.per_host, "Pages at a time from one host")
        ->check(CLI::Range(1, 1'000))
        ->capture_default_str();
    app.add_flag("--sequential", to.is_sequential, "One page after the other");
    add_duration(app, "--delay", to.delay, "Between two requests to one host (0)");
    app.add_option("--retries", to.retries, "Ask again so often, with longer and longer pauses")
        ->check(CLI::Range(0, 100))
        ->capture_default_str();
    add_duration(app, "--retry-delay", to.retry_delay, "The first of these pauses (500ms)");
    add_duration(app, "--timeout", to.timeout, "For a page, each time (30s)");
    app.add_option("--max-bytes", to.bytes_max, "Cut pages that are longer (64M)")
        ->transform(CLI::AsSizeValue(false))
        ->type_name("SIZE");
    app.add_option("--user-agent", to.user_agent, "Who asks")->capture_default_str();
    app.add_flag("--insecure", to.is_insecure, "Do not check certificates");
    app.add_option("--ca", to.authorities, "Trust the authorities in this file")
        ->type_name("FILE")
        ->check(CLI::ExistingFile);
}

void add_where(CLI::App& app, options& to) {
    app.add_option("--out", to.directory, "Where pages and results go")
        ->type_name("DIR")
        ->capture_default_str();
    app.add_option("--state", to.state, "Where the run is remembered (DIR/state.db)")
        ->type_name("FILE");
    app.add_flag("--resume", to.resumes, "Go on with the run of the same directory");
    app.add_flag("--quiet", to.is_quiet, "Print the summary only");
}

/// What is wrong with options that are fine by themselves; empty if nothing is.
std::string contradiction_in(const options& of) {
    const bool has_urls = !of.urls.empty() || !of.from.empty();
    if (of.is_demo) return {};
    if (!of.crawl.empty() && has_urls) return "--crawl begins with one page: give no other URLs";
    if (of.crawl.empty() && !has_urls && !of.resumes)
        return "nothing to fetch: give URLs, --from FILE or --crawl URL (or see --demo)";
    for (const std::string& each : of.urls)
        if (!typed_url(each)) return "\"" + each + "\" is no URL of http or https";
    if (!of.crawl.empty() && !typed_url(of.crawl))
        return "\"" + of.crawl + "\" is no URL of http or https";
    if (of.is_insecure && !of.authorities.empty())
        return "--insecure checks nothing, so --ca has no use";
    const auto breaks_a_line = [](char c) { return static_cast<unsigned char>(c) < ' '; };
    if (std::ranges::any_of(of.user_agent, breaks_a_line) || of.user_agent.empty())
        return "--user-agent is one line";
    return {};
}

std::string quoted(const std::string& word) {
    constexpr std::string_view harmless = "-_./:=,@%+~";
    const auto is_harmless = [&](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               harmless.find(c) != std::string_view::npos;
    };
    if (!word.empty() && std::ranges::all_of(word, is_harmless)) return word;
    std::string text = "'";
    for (const char c : word)
        text += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return text + "'";
}

}  // namespace

arguments read_arguments(const std::vector<std::string>& given) {
    arguments read;
    CLI::App app{description, "patio-fetch"};
    app.footer(footer);
    app.get_formatter()->column_width(30);
    add_what(app, read.run);
    add_how(app, read.run);
    add_where(app, read.run);
    try {
        std::vector<std::string> reversed{given.rbegin(), given.rend()};  // as CLI11 wants it
        app.parse(std::move(reversed));
        const std::string contradiction = contradiction_in(read.run);
        if (!contradiction.empty()) throw CLI::ValidationError{contradiction};
        read.run.given = given;
    } catch (const CLI::CallForHelp&) {
        read.ends = true;
        read.text = app.help();
    } catch (const CLI::ParseError& mistake) {
        read.ends = true;
        read.status = 2;
        read.text = std::string{"patio-fetch: "} + mistake.what() + "\nTry patio-fetch --help\n";
    }
    return read;
}

std::string resume_command(const options& of) {
    std::string line = "patio-fetch";
    for (std::size_t i = 0; i < of.given.size(); ++i) {
        const bool is_from = of.given[i] == "--from" && i + 1 < of.given.size();
        if (of.given[i] == "--from=-" || (is_from && of.given[i + 1] == "-")) {
            i += is_from ? 1 : 0;
        } else if (of.given[i] != "--resume") {
            line += " " + quoted(of.given[i]);
        }
    }
    return line + " --resume";
}

}  // namespace fetch
