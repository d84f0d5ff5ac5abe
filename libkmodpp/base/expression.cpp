// SPDX-License-Identifier: LGPL-2.1-or-later
// Compiles an expression into steps, and follows all ways through them at once.
#include "base/expression.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "base/text.hpp"

namespace kmodpp {

namespace {

/// POSIX's RE_DUP_MAX is 255 at least; the C library has 32767.
constexpr std::size_t kMaxRepeats = 255;

struct Class {
    std::string_view name;
    int (*has)(int);
};
constexpr std::array<Class, 12> kClasses = {{
    {"alnum", std::isalnum},
    {"alpha", std::isalpha},
    {"blank", std::isblank},
    {"cntrl", std::iscntrl},
    {"digit", std::isdigit},
    {"graph", std::isgraph},
    {"lower", std::islower},
    {"print", std::isprint},
    {"punct", std::ispunct},
    {"space", std::isspace},
    {"upper", std::isupper},
    {"xdigit", std::isxdigit},
}};

std::unexpected<Error> bad(std::string_view why) {
    return fail(ErrorKind::malformed, std::string(why));
}

}  // namespace

class Expression::Parser {
public:
    explicit Parser(std::string_view pattern) : rest_(pattern) {}

    Result<Part> parse() { return alternatives(0); }

private:
    using Kind = Step::Kind;

    [[nodiscard]] bool next_is(char c) const { return rest_.starts_with(c); }
    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    Result<Part> alternatives(std::size_t depth) {
        if (depth > kMaxGroups) return bad("its groups are nested too deep");
        TRY_ASSIGN(Part part, sequence(depth));
        while (next_is('|')) {
            take();
            TRY_ASSIGN(const Part other, sequence(depth));
            part = either(part, other);
            TRY(check(part));
        }
        return part;
    }

    Result<Part> sequence(std::size_t depth) {
        Part part;
        // A ')' that closes nothing stands for itself.
        while (!rest_.empty() && !next_is('|') && !(next_is(')') && depth > 0)) {
            TRY_ASSIGN(const Part one, repeated(depth));
            append(part, one);
            TRY(check(part));
        }
        return part;
    }

    Result<Part> repeated(std::size_t depth) {
        if (next_is('^') || next_is('$'))
            return Part{{take() == '^' ? Kind::begin : Kind::end}};
        TRY_ASSIGN(Part part, atom(depth));
        for (;;) {
            if (next_is('*') || next_is('+') || next_is('?')) {
                const char mark = take();
                part = times(part, mark == '+' ? 1 : 0,
                             mark == '?' ? std::optional<std::size_t>(1) : std::nullopt);
            } else if (next_is('{')) {
                TRY_ASSIGN(part, bounded(part));
            } else {
                return part;
            }
            TRY(check(part));
        }
    }

    Result<Part> atom(std::size_t depth) {
        switch (const char c = take()) {
            case '*':
            case '+':
            case '?':
            case '{': return bad("nothing stands before a repetition");
            case '.': return Part{{Kind::character, 1, ~Set().set(0)}};
            case '[': return set();
            case '\\': return escaped();
            case '(': {
                TRY_ASSIGN(Part part, alternatives(depth + 1));
                if (!next_is(')')) return bad("a group is not closed");
                take();
                return part;
            }
            default: return Part{{Kind::character, 1, only(c)}};
        }
    }

    Result<Part> escaped() {
        if (rest_.empty()) return bad("it ends in a backslash");
        constexpr std::string_view kUnsupported = "123456789bB<>`'";
        const char c = take();
        if (kUnsupported.contains(c))
            return fail(ErrorKind::unsupported, cat("\\", c, " is not supported"));
        Set set = only(c);
        if (c == 's' || c == 'S') set = members(std::isspace);
        if (c == 'w' || c == 'W') set = members(std::isalnum) | only('_');
        if (c == 'S' || c == 'W') set.flip();
        return Part{{Kind::character, 1, set}};
    }

    Result<Part> set() {
        const bool negated = next_is('^');
        if (negated) take();
        Set set;
        for (bool first = true;; first = false) {
            if (rest_.empty()) return bad("a set is not closed");
            if (next_is(']') && !first) break;
            if (rest_.starts_with("[:")) {
                TRY_ASSIGN(const Set members, named_class());
                set |= members;
                continue;
            }
            if (rest_.starts_with("[.") || rest_.starts_with("[="))
                return fail(ErrorKind::unsupported,
                            "collating elements are not supported");
            const auto low = static_cast<unsigned char>(take());
            auto high = low;
            if (rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']') {
                take();
                if (next_is('['))
                    return fail(ErrorKind::unsupported, "a range that ends in '['");
                high = static_cast<unsigned char>(take());
            }
            if (low > high) return bad("a range is upside down");
            for (unsigned c = low; c <= high; ++c) set.set(c);
        }
        take();
        if (negated) set.flip();
        return Part{{Kind::character, 1, set}};
    }

    Result<Set> named_class() {
        const std::size_t end = rest_.find(":]");
        if (end == std::string_view::npos) return bad("a class is not closed");
        const auto known =
            std::ranges::find(kClasses, rest_.substr(2, end - 2), &Class::name);
        if (known == kClasses.end()) return bad("a class is unknown");
        rest_.remove_prefix(end + 2);
        return members(known->has);
    }

    /// "{m}", "{m,}", "{m,n}", "{,n}"
    Result<Part> bounded(const Part& part) {
        take();
        const std::size_t end = rest_.find('}');
        if (end == std::string_view::npos) return bad("a '{' is not closed");
        std::string_view bounds = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        const bool has_comma = bounds.contains(',');
        const std::string_view low = take_until(bounds, ',');
        const auto least =
            low.empty() && has_comma ? 0 : parse_unsigned<std::size_t>(low);
        const auto most = !has_comma ? least : parse_unsigned<std::size_t>(bounds);
        if (!least || (!most && !bounds.empty()))
            return bad("no numbers between '{' and '}'");
        if (*least > kMaxRepeats || most.value_or(0) > kMaxRepeats)
            return bad("too many repetitions");
        if (most && *most < *least) return bad("repetitions upside down");
        const std::size_t copies = std::max(*least, most.value_or(0)) + 1;
        if (part.size() > kMaxSteps / copies) return bad("it repeats too much");
        return times(part, *least, most);
    }

    /// \param most nullopt: without end
    static Part times(const Part& part, std::size_t least,
                      std::optional<std::size_t> most) {
        const auto size = static_cast<std::ptrdiff_t>(part.size());
        Part all;
        for (std::size_t i = 0; i < least; ++i) append(all, part);
        for (std::size_t i = least; most && i < *most; ++i) {
            all.push_back({Kind::fork, size + 1});
            append(all, part);
        }
        if (!most) {
            all.push_back({Kind::fork, size + 2});
            append(all, part);
            all.push_back({Kind::jump, -(size + 1)});
        }
        return all;
    }

    static Part either(const Part& one, const Part& other) {
        Part all{{Kind::fork, static_cast<std::ptrdiff_t>(one.size()) + 2}};
        append(all, one);
        all.push_back({Kind::jump, static_cast<std::ptrdiff_t>(other.size()) + 1});
        append(all, other);
        return all;
    }

    static void append(Part& part, const Part& other) {
        part.insert(part.end(), other.begin(), other.end());
    }
    static Status check(const Part& part) {
        if (part.size() > kMaxSteps) return bad("it is too long");
        return {};
    }
    static Set only(char c) { return Set().set(static_cast<unsigned char>(c)); }
    static Set members(int (*has)(int)) {
        Set set;
        for (int c = 0; c < 128; ++c) set.set(static_cast<std::size_t>(c), has(c) != 0);
        return set;
    }

    std::string_view rest_;
};

Result<Expression> Expression::compile(std::string_view pattern) {
    Expression expression;
    TRY_ASSIGN(expression.steps_, Parser(pattern).parse());
    return expression;
}

bool Expression::matches_in(std::string_view text) const {
    const std::size_t end = steps_.size();
    std::vector<std::size_t> now, next, open;
    std::vector<std::size_t> seen(end + 1, text.size() + 1);  // the latest place
    for (std::size_t at = 0; at <= text.size(); ++at) {
        // Where the text may begin to match, besides what goes on.
        open = next;
        open.push_back(0);
        now.clear();
        while (!open.empty()) {
            const std::size_t here = open.back();
            open.pop_back();
            if (here == end) return true;
            if (std::exchange(seen[here], at) == at) continue;
            const Step& step = steps_[here];
            const std::size_t there = here + static_cast<std::size_t>(step.to);
            switch (step.kind) {
                case Step::Kind::character: now.push_back(here); break;
                case Step::Kind::jump: open.push_back(there); break;
                case Step::Kind::fork:
                    open.push_back(there);
                    open.push_back(here + 1);
                    break;
                case Step::Kind::begin:
                    if (at == 0) open.push_back(here + 1);
                    break;
                case Step::Kind::end:
                    if (at == text.size()) open.push_back(here + 1);
                    break;
            }
        }
        next.clear();
        if (at == text.size()) break;
        for (const std::size_t here : now)
            if (steps_[here].set[static_cast<unsigned char>(text[at])])
                next.push_back(here + 1);
    }
    return false;
}

}  // namespace kmodpp
