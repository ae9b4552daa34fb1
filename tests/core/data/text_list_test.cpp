// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text/text_dataset.h"
#include "core/data/text/text_list.h"

#include "tests/core/data/fixtures.h"

#include <filesystem>

using namespace halftone;
using namespace halftone::test;

namespace {

using Texts = std::vector<std::string>;
using Labels = std::vector<int64_t>;

TextList read(std::string_view content, const std::string& name = "texts") {
    TemporaryFolder folder;
    return readTextList(folder.write(name, content));
}

Error refused(std::string_view content, const std::string& name = "texts") {
    TemporaryFolder folder;
    const std::string path = folder.write(name, content);
    const Error error = errorOf([&] { readTextList(path); });
    CHECK_THAT(error.message(), Contains(name));
    CHECK_THAT(error.where(), Contains(name));
    return error;
}

} // namespace

TEST_CASE("A plain file holds a text a line") {
    for (const char* content :
         {"Good, bad\nund \"\xC3\xBC\"bel\n", "\xEF\xBB\xBF\r\nGood, bad\r\n \t\r\nund \"\xC3\xBC\"bel"}) {
        const TextList list = read(content);
        CHECK(list.texts == Texts{"Good, bad", "und \"\xC3\xBC\"bel"});
        CHECK(list.pairs.empty());
        CHECK(list.labels.empty());
        CHECK(list.classNames.empty());
    }
    CHECK(read("  kept as it is \n").texts == Texts{"  kept as it is "});
}

TEST_CASE("A first line names the columns of a table, in any order and beside others") {
    for (const char* content : {"text,label\n\"one, \"\"two\"\"\nthree\",1\nfour,0\n",
                                "\xEF\xBB\xBF\"Text\", Label \r\n\"one, \"\"two\"\"\nthree\",1\r\n\r\nfour,0",
                                "id,label,sentence,genre\n7,1,\"one, \"\"two\"\"\nthree\",\n8,0,four,x\n"}) {
        const TextList list = read(content);
        CHECK(list.texts == Texts{"one, \"two\"\nthree", "four"});
        CHECK(list.labels == Labels{1, 0});
        CHECK(list.classNames.empty());
        CHECK(list.pairs.empty());
    }
}

TEST_CASE("Line ends inside quotes belong to the text") {
    CHECK(read("text\n\"a\r\n\"\r\n\"b\r\"\n").texts == Texts{"a\r\n", "b\r"});
}

TEST_CASE("Second texts come from the columns that are named so") {
    for (const char* header :
         {"sentence1\tsentence2\tlabel", "premise\thypothesis\tgold_label", "question\tsentence\tlabel",
          "text\ttext_pair\tlabel", "question1\tquestion2\tis_duplicate"}) {
        const TextList list =
            read(std::string(header) + "\nA dog runs.\tAn animal moves.\tyes\nA dog runs.\tIt sleeps.\tno\n");
        CHECK(list.texts == Texts{"A dog runs.", "A dog runs."});
        CHECK(list.pairs == Texts{"An animal moves.", "It sleeps."});
        CHECK(list.labels == Labels{1, 0});
        CHECK(list.classNames == Texts{"no", "yes"});
    }
}

TEST_CASE("In a table with tabs quotes are part of the text, unless they stand around all of it") {
    const TextList list =
        read("sentence\tlabel\n\"Well\", he said\t1\n\"Well \"\"then\"\"\"\t0\n\"open\t1\n\"a\"b\"\t1\n");
    CHECK(list.texts == Texts{"\"Well\", he said", "Well \"then\"", "\"open", "\"a\"b\""});
    CHECK(list.labels == Labels{1, 0, 1, 1});
}

TEST_CASE("Without names the name of the file says that it is a table") {
    CHECK(read("good,1\nbad,0\n", "t.csv").labels == Labels{1, 0});
    CHECK(read("good\tplus\nbad\tminus\n", "t.TSV").classNames == Texts{"minus", "plus"});
    CHECK(read("one\n\"two, three\"\n", "t.csv").texts == Texts{"one", "two, three"});
    const TextList pairs = read("a,b,2\nc,d,3\n", "t.csv");
    CHECK(pairs.texts == Texts{"a", "c"});
    CHECK(pairs.pairs == Texts{"b", "d"});
    CHECK(pairs.labels == Labels{2, 3});
    CHECK(read("words,label\ngood,1\n", "t.csv").texts == Texts{"good"});
    CHECK(read("good,1\nbad,0\n", "t.txt").texts == Texts{"good,1", "bad,0"});
}

TEST_CASE("A table that contradicts itself is refused with its line") {
    const auto message = [](const char* content) {
        const Error error = refused(content);
        CHECK(error.code() == ErrorCode::BadInput);
        return error.message();
    };
    CHECK_THAT(message("text,label\na,1\nb\n"), Contains("line 3") && Contains("2 fields expected, 1 found"));
    CHECK_THAT(message("text,label\n\"a\nb\",1\n,1\n"), Contains("line 4") && Contains("a field is empty"));
    CHECK_THAT(message("text,label\na,1\nb,good\n"), Contains("line 3") && Contains("\"good\" is no number"));
    CHECK_THAT(message("text,label\na,-1\n"), Contains("line 2") && Contains("out of range"));
    CHECK_THAT(message("text,label\n\"a,1\n"), Contains("line 2") && Contains("does not end"));
    CHECK_THAT(message(("text,label\na" + std::string(1000, ',') + "\n").c_str()), Contains("more than 1000 fields"));
    CHECK_THAT(message("text,label\n"), Contains("holds no texts"));
    CHECK_THAT(message(""), Contains("holds no texts"));
    CHECK_THAT(message("\xEF\xBB\xBF \n\n"), Contains("holds no texts"));
    CHECK_THAT(refused("a,b,c,d\n", "t.csv").message(), Contains("line 1") && Contains("no first line says"));
}

TEST_CASE("Bytes that are no UTF-8 are refused with their line") {
    for (const char* bytes : {"\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80"}) {
        const Error error = refused("fine\n\xC3\xBC fine\nnot " + std::string(bytes) + "\n");
        CHECK(error.code() == ErrorCode::BadInput);
        CHECK_THAT(error.message(), Contains("line 3") && Contains("UTF-8"));
    }
    CHECK_THAT(refused(std::string_view("\xFF\xFEt\0", 4)).message(), Contains("line 1"));
}

TEST_CASE("Texts that are too long are refused, and files that are not there") {
    const Error error = refused("fine\n" + std::string((1 << 20) + 1, 'a') + "\n");
    CHECK(error.code() == ErrorCode::Limit);
    CHECK_THAT(error.message(), Contains("line 2") && Contains("1 MiB"));
    CHECK(read(std::string(1 << 20, 'a')).texts.size() == 1);
    CHECK(errorOf([] { readTextList("/nowhere/texts.csv"); }).code() == ErrorCode::Io);
}

TEST_CASE("Damaged tables are refused or read, and nothing else happens") {
    TemporaryFolder folder;
    readDamaged("text,text_pair,label\n\"a, \"\"\xC3\xBC\"\"\nb\",c,1\r\nd,e,0\n",
                [&](const std::string& damaged) { readTextList(folder.write("t.csv", damaged)); });
    readDamaged("sentence\tlabel\n\"a\"\tx\n", [&](const std::string& damaged) {
        looksLikeTexts(damaged);
        readTextList(folder.write("t.tsv", damaged));
    });
}

TEST_CASE("A first line of names tells texts from pictures") {
    for (const char* head : {"text,label\nx", "\xEF\xBB\xBFtext", "\"Sentence\"\t\"label\"\r\n",
                             "idx,question,context\n", "premise\thypothesis\tlabel\n", "label,review\r\n"})
        CHECK(looksLikeTexts(head));
    const std::string prose = "In the " + std::string(60, 'o') + ", text, and so on\n";
    for (const char* head :
         {"file,label\na.png,1\n", "a.png,5\n", "", "Some text\ntext,label\n", "a text,b\n", prose.c_str()})
        CHECK_FALSE(looksLikeTexts(head));
}

TEST_CASE("texts become the arrays of a network, cut with their last special token") {
    TemporaryFolder folder;
    const std::string vocabulary = folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\none\ntwo\nthree\n");
    const std::string texts = folder.write("t.csv", "text,label\none two,1\nthree,0\none two three two,1\n");
    const auto dataset = openDataset(texts, "", vocabulary);
    CHECK(dataset->kind() == "texts");
    CHECK(dataset->sampleKind() == SampleKind::Text);
    CHECK(dataset->sample(2).name == "one two three two");
    CHECK(dataset->sample(1).label == 0);
    const auto& arrays = dynamic_cast<const ArrayDataset&>(*dataset);
    CHECK(arrays.arrays().front().name == "input_ids");
    CHECK(arrays.arrays().front().longest == std::vector<int64_t>{6});
    CHECK(arrays.array(0, 0, 0).values == std::vector<float>{2, 4, 5, 3});
    const SampleArray cut = arrays.array(2, 0, 4);
    CHECK(cut.values == std::vector<float>{2, 4, 5, 3});
    CHECK(cut.whole == 6);
    CHECK(arrays.array(2, 1, 4).values == std::vector<float>{0, 0, 0, 0});
    CHECK(arrays.padding(0) == 0);
    CHECK_THAT(errorOf([&] { openDataset(texts); }).message(), Contains("t.csv") && Contains("no tokenizer"));
    folder.write("repository/onnx/model.onnx", "");
    CHECK(tokenizerBeside(folder.path("repository/onnx/model.onnx")).empty());
    const std::string above = folder.write("repository/vocab.txt", "[PAD]\n");
    CHECK(std::filesystem::equivalent(tokenizerBeside(folder.path("repository/onnx/model.onnx")), above));
}
