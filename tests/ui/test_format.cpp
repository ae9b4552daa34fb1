// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as the window writes them.
#include "ui/format.h"

#include <QTest>
#include <QTextDocument>

#include <limits>

using namespace halftone;

namespace {
/// The expected texts are written with ordinary spaces and signs.
QString simple(QString text) {
    return text.replace(QChar(0x202F), u' ').replace(QChar(0x2212), u'-').replace(QChar(0x00D7), u'x');
}
} // namespace

class TestFormat : public QObject {
    Q_OBJECT
private slots:
    void numbersHaveThreeSignificantDigits_data() {
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("text");
        QTest::newRow("zero") << 0.0 << "0";
        QTest::newRow("tenths") << 12.345 << "12.3";
        QTest::newRow("trailing zero stays") << 12.0 << "12.0";
        QTest::newRow("thousands are grouped") << 1234.0 << "1 230";
        QTest::newRow("millions") << 1234567.0 << "1 230 000";
        QTest::newRow("decimals are not grouped") << 0.00456 << "0.00456";
        QTest::newRow("rounding up moves the point") << 9.996 << "10.0";
        QTest::newRow("rounding up to a thousand") << 999.7 << "1 000";
        QTest::newRow("negative") << -3.14159 << "-3.14";
        QTest::newRow("power of ten") << 0.001 << "0.00100";
        QTest::newRow("the last without an exponent") << 0.00001 << "0.0000100";
        QTest::newRow("tiny") << 1.79e-7 << "1.79e-7";
        QTest::newRow("tiny, rounding up") << -9.999e-9 << "-1.00e-8";
        QTest::newRow("not a number") << std::numeric_limits<double>::quiet_NaN() << QString(QChar(0x2013));
        QTest::newRow("infinite") << std::numeric_limits<double>::infinity() << QString(QChar(0x2013));
    }
    void numbersHaveThreeSignificantDigits() {
        QFETCH(double, value);
        QFETCH(QString, text);
        QCOMPARE(simple(significant(value)), text);
    }

    void timesTakeOneUnitPerColumn() {
        QCOMPARE(timeUnit(0.99), TimeUnit::Us);
        QCOMPARE(timeUnit(1.0), TimeUnit::Ms);
        QCOMPARE(timeUnit(9999.0), TimeUnit::Ms);
        QCOMPARE(timeUnit(10000.0), TimeUnit::S);
        QCOMPARE(simple(timeText(0.0123, TimeUnit::Us)), "12.3");
        QCOMPARE(simple(timeText(0.0123, TimeUnit::Ms)), "0.0123");
        QCOMPARE(simple(timeWithUnit(0.0123)), QString("12.3 µs"));
        QCOMPARE(simple(timeWithUnit(12.34)), "12.3 ms");
        QCOMPARE(simple(timeWithUnit(12340)), "12.3 s");
        QCOMPARE(simple(timeWithUnit(-0.5)), QString("-500 µs"));
        QCOMPARE(simple(timeWithUnit(0.386, TimeUnit::Ms)), "0.386 ms");
    }

    void countsAgreeWithTheirThing() {
        QCOMPARE(counted(1, "layer"), "1 layer");
        QCOMPARE(counted(0, "layer"), "0 layers");
        QCOMPARE(simple(counted(1234, "changed sample")), "1 234 changed samples");
    }

    void sentencesOfTheReportAreTypeset() {
        QCOMPARE(simple(typeset("conv_3x3 is 1.80x faster, 12.5x in all; 5.0 % of it")).replace(QChar(0xA0), u'_'),
                 "conv_3x3 is 1.80x faster, 12.5x in all; 5.0_% of it");
        QVERIFY(typeset("1.80x faster").contains(QChar(0x00D7)));
        QVERIFY(!typeset("conv_3x3").contains(QChar(0x00D7)));
        const std::string longSentence = std::string(150, 'a') + std::string(450, 'b');
        QCOMPARE(typeset(longSentence), QString::fromStdString(longSentence));
        QVERIFY(plain(longSentence).size() < 300); // no name needs so much room
    }

    void sizesArePowersOfAThousand() {
        QCOMPARE(simple(bytesText(0)), "0 B");
        QCOMPARE(simple(bytesText(999)), "999 B");
        QCOMPARE(simple(bytesText(1000)), "1.00 kB");
        QCOMPARE(simple(bytesText(41400000)), "41.4 MB");
        QCOMPARE(simple(bytesText(999600000)), "1.00 GB");
        QCOMPARE(simple(macsText(3670000000)), "3.67 G");
        QCOMPARE(simple(macsText(640)), "640");
        QCOMPARE(simple(countText(1234567)), "1 234 567");
        QCOMPARE(simple(countText(-1234)), "-1 234");
    }

    void sharesAndPointsHaveOneDecimal() {
        QCOMPARE(simple(shareText(0.062)), "6.2 %");
        QCOMPARE(simple(shareText(1)), "100.0 %");
        QCOMPARE(simple(shareText(0)), "0.0 %");
        QCOMPARE(simple(shareText(0.0004)), "0.04 %");
        QCOMPARE(simple(shareText(0.0001)), "0.01 %");
        QCOMPARE(simple(shareText(0.00009)), "under 0.01 %");
        QCOMPARE(percentText(0.062), "6.2");
        QCOMPARE(simple(pointsText(-0.5)), "-0.5 points");
        QCOMPARE(simple(pointsText(0.5)), "+0.5 points");
        QCOMPARE(simple(pointsText(-0.01)), "0.0 points");
        QCOMPARE(simple(decibelText(31.24)), "31.2 dB");
        const auto speedup = [](double factor, double lo, double hi) {
            return GradedSpeedup{factor, Interval{lo, hi}, gradeOf(factor, {lo, hi}, false)};
        };
        QCOMPARE(simple(speedupText(speedup(3.678, 3.6, 3.7))), "3.68x");
        QCOMPARE(simple(speedupText(speedup(1.9, 1.6, 2.3))), "1.60 to 2.30x");
        QCOMPARE(simple(speedupText(speedup(1.3, 0.9, 2.3))), "not decided");
        QCOMPARE(speedupText({}), missing());
        QCOMPARE(simple(speedupWithGrade(speedup(3.678, 3.6, 3.7))), "3.68x (sure)");
        QCOMPARE(simple(speedupWithGrade(speedup(0.8, 0.7, 0.9))), QString("▼ 0.70 to 0.90x (rough)"));
        QCOMPARE(simple(speedupWithGrade(speedup(1.3, 0.9, 2.3))), "not decided (0.90 to 2.30x)");
        QCOMPARE(simple(certaintyText(speedup(3.678, 3.6, 3.7))), "sure: 95\u00A0% interval 3.60 to 3.70x");
        QCOMPARE(simple(intervalText({3.611, 3.739})), "3.61 to 3.74");
        QCOMPARE(simple(intervalText({3.0, 3.2}, 2)), "3.0 to 3.2");
    }

    void timeLeftIsRoundedUp() {
        QCOMPARE(secondsLeftText(-1), QString());
        QCOMPARE(secondsLeftText(11.2), "12 s left");
        QCOMPARE(secondsLeftText(130), "3 min left");
        QCOMPARE(secondsLeftText(3 * 3600), "3 h left");
    }

    void latencyTooltipSaysHowItWasMeasured() {
        Latency latency;
        latency.median = 12.3;
        latency.n = 1200;
        latency.ci95 = {12.1, 12.5};
        latency.stable = true;
        QCOMPARE(simple(latencyTooltip(latency, TimeUnit::Ms)),
                 "median of 1 200 inferences, 95 % interval 12.1 to 12.5 ms");
        latency.stable = false;
        QVERIFY(latencyTooltip(latency, TimeUnit::Ms).endsWith("the timing was unstable"));
    }

    void textFromFilesIsNeverRichText_data() {
        QTest::addColumn<QString>("hostile");
        QTest::newRow("bold") << "<b>conv</b>";
        QTest::newRow("image") << "<img src=\"file:///etc/passwd\">";
        QTest::newRow("entity") << "&lt;conv&gt;";
        QTest::newRow("html after text") << "conv <a href=x>1</a>";
        QTest::newRow("doctype") << "<!DOCTYPE html>x";
    }
    void textFromFilesIsNeverRichText() {
        QFETCH(QString, hostile);
        QVERIFY(Qt::mightBeRichText(hostile));
        const QString text = plain(hostile.toStdString());
        QVERIFY(!Qt::mightBeRichText(text));
        QCOMPARE(QString(text).remove(QChar(0x2060)), hostile);
    }

    void directionOverridesAreMadeVisible() {
        QCOMPARE(plain("a\xE2\x80\xAE"
                       "b"),
                 "a\\u202eb");
        QCOMPARE(plain("conv_1/Relu"), "conv_1/Relu");
        QCOMPARE(plain("שלום"), QString("שלום"));
    }
};

QTEST_MAIN(TestFormat)
#include "test_format.moc"
