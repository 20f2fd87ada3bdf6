// SPDX-License-Identifier: Apache-2.0
#include "hostdrv/tools/common/completion.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "hostdrv/tools/common/command_line.hpp"

namespace fp::cli {
namespace {

constexpr const char* kNotBuilt = "Not in this build";

struct Flag {
  std::vector<std::string> names;  // with their dashes
  std::string help;
  bool takes_value = false;
  std::vector<std::string> choices;
  bool file = false, folder = false;
};

// One command; the program itself is the one without a path.
struct Command {
  std::string path;  // " run", " bpf attach"
  std::string name, help;
  std::vector<Flag> flags;
  std::vector<Flag> positionals;
  std::vector<std::pair<std::string, std::string>> commands;  // name, help
};

Flag flag_of(const CLI::Option& option) {
  Flag f;
  for (const std::string& n : option.get_snames()) f.names.push_back("-" + n);
  for (const std::string& n : option.get_lnames()) f.names.push_back("--" + n);
  f.help = option.get_description();
  f.takes_value = option.get_items_expected_max() > 0;
  if (!f.takes_value) return f;
  const std::string type = option.get_type_name();
  for (size_t at = 0; at <= type.size();) {
    const size_t end = std::min(type.find('|', at), type.size());
    const std::string word = type.substr(at, end - at);
    const size_t equals = word.find('=');
    const std::string value = equals == std::string::npos ? word : word.substr(equals + 1);
    if (value == "FILE") {
      f.file = true;
    } else if (value == "DIR") {
      f.folder = true;
    } else if (type.find('|') != std::string::npos) {
      f.choices.push_back(word);
    }
    at = end + 1;
  }
  return f;
}

bool shown(const std::string& group) { return !group.empty() && group != kNotBuilt; }

void collect(const CLI::App& app, const std::string& path, std::vector<Command>& out) {
  Command c;
  c.path = path;
  c.name = app.get_name();
  c.help = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (!shown(option->get_group())) continue;
    (option->nonpositional() ? c.flags : c.positionals).push_back(flag_of(*option));
  }
  const auto subs = app.get_subcommands(
      [](const CLI::App* sub) { return shown(sub->get_group()) && !sub->get_name().empty(); });
  for (const CLI::App* sub : subs) c.commands.emplace_back(sub->get_name(), sub->get_description());
  out.push_back(std::move(c));
  for (const CLI::App* sub : subs) collect(*sub, path + " " + sub->get_name(), out);
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string out;
  for (const std::string& w : words) out += (out.empty() ? "" : between) + w;
  return out;
}

// In single quotes; `in_quote` is how a quote is written inside them.
std::string quoted(const std::string& text, const char* in_quote) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += in_quote;
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string function_name(const std::string& program) {
  std::string name = "_" + program;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// What bash and zsh do has the same form: the words before the cursor give the command, the word
// before it a flag whose value is due. `values` writes how a flag's values are offered.
template <class Values>
std::string cases(const std::vector<Command>& commands, Values&& values) {
  std::string out = "  case \"$path:$prev\" in\n";
  for (const Command& c : commands) {
    for (const Flag& f : c.flags) {
      if (!f.takes_value) continue;
      std::vector<std::string> patterns;
      for (const std::string& n : f.names) patterns.push_back("\"" + c.path + ":" + n + "\"");
      out += "    " + joined(patterns, "|") + ") " + values(f) + "return ;;\n";
    }
  }
  out += "  esac\n  local flags= others= files=\n  case \"$path\" in\n";
  for (const Command& c : commands) {
    std::vector<std::string> flags, others;
    for (const Flag& f : c.flags) flags.insert(flags.end(), f.names.begin(), f.names.end());
    for (const auto& [name, help] : c.commands) others.push_back(name);
    bool files = false;
    for (const Flag& f : c.positionals) {
      others.insert(others.end(), f.choices.begin(), f.choices.end());
      files |= f.file || f.folder;
    }
    out += "    \"" + c.path + "\") flags=\"" + joined(flags, " ") + "\" others=\"" +
           joined(others, " ") + "\" files=" + (files ? "1" : "") + " ;;\n";
  }
  return out + "  esac\n";
}

// The loop that finds the command among the words before the cursor; `word` is the i-th of them.
std::string find_path(const std::vector<Command>& commands, const std::string& loop,
                      const std::string& word) {
  std::vector<std::string> paths;
  for (const Command& c : commands) {
    if (!c.path.empty()) paths.push_back("\"" + c.path + "\"");
  }
  return loop + "    case \"$path " + word + "\" in\n      " + joined(paths, "|") +
         ") path=\"$path " + word + "\" ;;\n    esac\n  done\n";
}

std::string bash(const std::string& program, const std::vector<Command>& commands) {
  const std::string name = function_name(program);
  std::string out = "# bash completion of " + program + ": source this file.\n" + name + "() {\n";
  out += R"(  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= i
  COMPREPLY=()
  # '=' is a word of its own to readline: --flag=value, --in p0=file.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  if [[ $prev != -* && ( ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[COMP_CWORD-1]} == = ) ]]; then
    i=$((COMP_CWORD - 2))
    [[ ${COMP_WORDS[COMP_CWORD]} == = ]] || i=$((COMP_CWORD - 3))
    (( i > 0 )) && prev=${COMP_WORDS[i]}
  fi
)";
  out += find_path(commands, "  for ((i = 1; i < COMP_CWORD; i++)); do\n", "${COMP_WORDS[i]}");
  out += cases(commands, [](const Flag& f) {
    std::string text;
    if (!f.choices.empty()) {
      text +=
          "mapfile -t COMPREPLY < <(compgen -W \"" + joined(f.choices, " ") + "\" -- \"$cur\"); ";
    }
    if (f.file || f.folder) {
      text += std::string("mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen ") +
              (f.file ? "-f" : "-d") + " -- \"$cur\"); compopt -o filenames 2>/dev/null; ";
    }
    return text;
  });
  out += R"(  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$others" -- "$cur")
  if [[ -n $files ]]; then
    mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$cur")
    compopt -o filenames 2>/dev/null
  fi
}
)";
  return out + "complete -F " + name + " " + program + "\n";
}

std::string zsh(const std::string& program, const std::vector<Command>& commands) {
  const std::string name = function_name(program);
  std::string out = "#compdef " + program + "\n# zsh completion: put this file as _" + program +
                    " into a folder of $fpath.\n" + name + "() {\n";
  // $path is the search path in zsh; a local of the same name would hide it from the shell.
  out += "  local cur=${words[CURRENT]} prev=${words[CURRENT-1]} i\n  local -h path=\n";
  out += find_path(commands, "  for ((i = 2; i < CURRENT; i++)); do\n", "${words[i]}");
  out += cases(commands, [](const Flag& f) {
    std::string text;
    if (!f.choices.empty()) text += "compadd -- " + joined(f.choices, " ") + "; ";
    if (f.file) text += "_files; ";
    if (!f.file && f.folder) text += "_files -/; ";
    return text;
  });
  out += R"(  if [[ $cur == -* ]]; then
    compadd -- ${(s: :)flags}
    return
  fi
  compadd -- ${(s: :)others}
  [[ -n $files ]] && _files
}
)";
  return out + "compdef " + name + " " + program + "\n";
}

std::string fish(const std::string& program, const std::vector<Command>& commands) {
  const char* const quote = "\\'";
  std::string out =
      "# fish completion: put this file as " + program + ".fish into ~/.config/fish/completions.\n";
  for (const Command& c : commands) {
    const std::string when =
        c.path.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + c.name;
    std::string start = "complete -c " + program;
    start.append(" -n '").append(when).append("'");
    for (const auto& [name, help] : c.commands) {
      out.append(start).append(" -f -a ").append(name);
      out.append(" -d ").append(quoted(help, quote)).append("\n");
    }
    for (const Flag& f : c.positionals) {
      if (f.choices.empty()) continue;
      out.append(start).append(" -f -a '").append(joined(f.choices, " ")).append("'\n");
    }
    for (const Flag& f : c.flags) {
      out += start;
      for (const std::string& n : f.names) {
        out += n.rfind("--", 0) == 0 ? " -l " + n.substr(2) : " -s " + n.substr(1);
      }
      if (f.takes_value) out += f.file || f.folder ? " -r" : " -x";
      if (!f.choices.empty()) out += " -a '" + joined(f.choices, " ") + "'";
      out += " -d " + quoted(f.help, quote) + "\n";
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  std::vector<Command> commands;
  collect(app, "", commands);
  if (shell == "bash") return bash(app.get_name(), commands);
  if (shell == "zsh") return zsh(app.get_name(), commands);
  return fish(app.get_name(), commands);
}

void register_completion(CLI::App& app, int& exit_code) {
  auto shell = std::make_shared<std::string>();
  CLI::App* sub = app.add_subcommand("completion", "Print a script that completes this command.");
  sub->add_option("SHELL", *shell, "bash, zsh or fish")->required()->type_name("bash|zsh|fish");
  sub->footer("Examples:\n  source <(" + app.get_name() + " completion bash)\n  " + app.get_name() +
              " completion fish > ~/.config/fish/completions/" + app.get_name() + ".fish");
  sub->callback([&app, shell, &exit_code] {
    if (*shell != "bash" && *shell != "zsh" && *shell != "fish") {
      refuse_flag("SHELL", *shell, "bash, zsh or fish");
    }
    print_result(completion_script(app, *shell));
    exit_code = kOk;
  });
}

}  // namespace fp::cli
