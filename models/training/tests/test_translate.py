"""Reports of PTB-XL (Wagner et al. 2020, CC BY 4.0; folds 1-8) and the English that a reader expects of them.

    python -m unittest discover -s models/training/tests
"""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from translate import canonical, coverage, german, load_table, statements, translate  # noqa: E402

REPORTS = (
    ("supraventrikulÄre tachykardie lagetyp normal unspezifischer intraventrikulÄrer block qrs(t) "
     "abnorm    inferiorer infarkt     alter unbest. 4.46     unbestÄtigter bericht",
     "supraventricular tachycardia. normal axis. non-specific intraventricular block. abnormal "
     "qrs(t). inferior infarction, age undetermined."),
    ("ventrikulÄre extrasystole(n) tachykardes vorhofflimmern ueberdrehter linkstyp unspezifischer "
     "intraventrikulÄrer block qrs(t) abnorm    inferiorer infarkt     mÖgl. akut 4.46     "
     "unbestÄtigter bericht",
     "premature ventricular contractions. atrial fibrillation with rapid ventricular response. left "
     "axis deviation. non-specific intraventricular block. abnormal qrs(t). inferior infarction, "
     "possibly acute."),
    ("sinusrhythmus lagetyp normal periphere niederspannung 4.46     unbestÄtigter bericht",
     "sinus rhythm. normal axis. low limb lead voltage."),
    ("sinusrhythmus p-sinistrocardiale lagetyp normal unspezifische intraventrikulÄre leitungsstÖrung "
     "qrs(t) abnorm    inferiorer infarkt     wahrscheinlich alt t abnorm in lateralen ableitungen "
     "4.46     unbestÄtigter bericht",
     "sinus rhythm. left atrial enlargement. normal axis. non-specific intraventricular conduction "
     "delay. abnormal qrs(t). inferior infarction, probably old. t wave abnormality in lateral leads."),
    ("sinusrhythmus p-sinistrocardiale ueberdrehter linkstyp unspezifischer intraventrikulÄrer block "
     "4.46     unbestÄtigter bericht",
     "sinus rhythm. left atrial enlargement. left axis deviation. non-specific intraventricular block."),
    ("supraventrikulÄre extrasystole(n) sinusrhythmus lagetyp normal qrs(t) abnorm    anteroseptaler "
     "myokardschaden nicht auszuschliessen 4.46     unbestÄtigter bericht",
     "premature supraventricular contractions. sinus rhythm. normal axis. abnormal qrs(t). "
     "anteroseptal myocardial damage cannot be ruled out."),
    ("sinusrhythmus a-v block i linkstyp unspezifisches abnormes t 4.46     unbestÄtigter bericht",
     "sinus rhythm. first-degree av block. leftward axis. non-specific t wave abnormality."),
    ("sinustachykardie p-sinistrocardiale schwierig bestimmbare qrs-achse qrs(t) abnorm    inferiorer "
     "infarkt     alter unbest. st & t abnorm, wahrscheinlich    anteriore ischÄmie oder "
     "linksbelastung 4.46     unbestÄtigter bericht",
     "sinus tachycardia. left atrial enlargement. qrs axis difficult to determine. abnormal qrs(t). "
     "inferior infarction, age undetermined. st-t abnormality. probable anterior ischemia or left "
     "ventricular strain."),
    ("sinusrhythmus a-v block i ueberdrehter linkstyp unspezifische intraventrikulÄre leitungsstÖrung "
     "qrs(t) abnorm    lateraler infarkt     alter unbest. 4.46     unbestÄtigter bericht",
     "sinus rhythm. first-degree av block. left axis deviation. non-specific intraventricular "
     "conduction delay. abnormal qrs(t). lateral infarction, age undetermined."),
    ("ventrikulÄre extrasystole(n) sinusrhythmus p-sinistrocardiale lagetyp normal linkshypertrophie "
     "qrs(t) abnorm    anterolateraler myokardschaden nicht auszuschliessen    inferiorer infarkt     "
     "alter unbest. 4.46     unbestÄtigter berich",
     "premature ventricular contractions. sinus rhythm. left atrial enlargement. normal axis. left "
     "ventricular hypertrophy. abnormal qrs(t). anterolateral myocardial damage cannot be ruled out. "
     "inferior infarction, age undetermined."),
    ("sinusrhythmus schwierig bestimmbare qrs-achse periphere niederspannung qrs(t) abnorm    "
     "anterolateraler infarkt mÖglich    inferiorer infarkt     wahrscheinlich alt st & t abnorm, "
     "wahrscheinlich    anteriore ischÄmie oder linksbelastung 4.46     ",
     "sinus rhythm. qrs axis difficult to determine. low limb lead voltage. abnormal qrs(t). possible "
     "anterolateral infarction. inferior infarction, probably old. st-t abnormality. probable "
     "anterior ischemia or left ventricular strain."),
    ("sinusrhythmus linkstyp chron. anteriorer infarkt st-hebung in v1-3 (dd: aneurysma) st-senkung "
     "in v5-6,i,avl",
     "sinus rhythm. leftward axis. chronic anterior infarction. st elevation in v1-v3. differential "
     "diagnosis: aneurysm. st depression in v5-v6, i, avl."),
    ("mlt rechts v2 vorhof-es partieller schenkelblock rechts st-hebung ekg grenzbefund",
     "normal axis. premature atrial contractions. incomplete right bundle branch block. st elevation. "
     "borderline ecg."),
    ("sinusrhythmus mlt st-hebung in v2 wahrscheinlich normales ekg",
     "sinus rhythm. normal axis. st elevation in v2. probably normal ecg."),
    ("tachykardes vorhofflimmern lagetyp normal vorhofs-es neg t in ii,iiiavf pathologisches ekg",
     "atrial fibrillation with rapid ventricular response. normal axis. premature atrial "
     "contractions. inverted t wave in ii, iii, avf. abnormal ecg."),
    ("Überdrehter linkstyp sinusbradykardie links vorhofsÜberbelastung  mÖglich neg t in iii "
     "grenzbefund",
     "left axis deviation. sinus bradycardia. possible left atrial enlargement. inverted t wave in "
     "iii. borderline ecg."),
    ("sinusrhythmus  mitteltyp av- block i.grades  linksschenkelblock st- hebung v1 - v3 t- "
     "veraenderungen neg v1 - v6 st- veraenderungen wegen vollst. lsb ekg pathologisch",
     "sinus rhythm. normal axis. first-degree av block. left bundle branch block. st elevation in "
     "v1-v3. inverted t wave in v1-v6. st changes. complete left bundle branch block. abnormal ecg."),
    ("sinustachykardie lagetyp normal intraventr. leitungsstoerung avf, v1, v2     st- senkung v3 - 6 "
     "    t- veraenderungen biphas. v3 - v6 periphere low voltage ekg pathologisch",
     "sinus tachycardia. normal axis. intraventricular conduction delay in avf, v1-v2. st depression "
     "in v3-v6. biphasic t wave in v3-v6. low limb lead voltage. abnormal ecg."),
    ("sinusrhythmus linkstyp intraventr. leitungsstoerung ii, iii, l, f, v1     st- senkung diskret "
     "in iii t- veraenderungen neg. t in iii ekg wahrscheinlich normal",
     "sinus rhythm. leftward axis. intraventricular conduction delay in ii, iii, avl, avf, v1. slight "
     "st depression in iii. inverted t wave in iii. probably normal ecg."),
    ("llt tachykardes vorhofflimmern uniforme ves st-senkung in i,avl,v3,v4 t-veraenderungen in avl, "
     "v5,v6 pathologisches ekg",
     "leftward axis. atrial fibrillation with rapid ventricular response. uniform premature "
     "ventricular contractions. st depression in i, avl, v3-v4. t wave changes in avl, v5-v6. "
     "abnormal ecg."),
    ("sinusrhythmus linkstyp intraventr. leitungsstoerung ii,iii,f     st- hebung diskret v2, v3 ekg "
     "wahrscheinlich normal",
     "sinus rhythm. leftward axis. intraventricular conduction delay in ii, iii, avf. slight st "
     "elevation in v2-v3. probably normal ecg."),
    ("sinusrhythmus lagetyp normal schlechte r-progression v1-3  t flach in iii,avf,avl",
     "sinus rhythm. normal axis. poor r wave progression in v1-v3. flat t wave in iii, avf, avl."),
    ("sinusrhythmus lagetyp normal kammerhypertrophie lvh mÖglich st-hebung in v1-3",
     "sinus rhythm. normal axis. possible left ventricular hypertrophy. st elevation in v1-v3."),
    ("sinusrhythmus lagetyp normal intraventr. leitungsstÖrung q in i,avl auffallend hohes r in v1,v2 "
     "normales ekg",
     "sinus rhythm. normal axis. intraventricular conduction delay. q wave in i, avl. conspicuously "
     "tall r wave in v1-v2. normal ecg."),
    ("normokardes voehofflimmern lagetyp normal st-senkung in i,ii,avl,v5-6 digitalisverÄnderung",
     "atrial fibrillation with normal ventricular rate. normal axis. st depression in i, ii, avl, "
     "v5-v6. digitalis effect."),
    ("sinusrhythmus ueberdrehter linkstyp linksanteriorer hemiblock t abnormal in anterioren "
     "ableitungen    hochlateralen ableitungen qt-verlÄngerung",
     "sinus rhythm. left axis deviation. left anterior fascicular block. t wave abnormality in "
     "anterior and high lateral leads. prolonged qt interval."),
    ("sinustachykardie lagetyp normal qrs(t) abnormal vorhofsueberlastung rechts, moeglich "
     "pathologisch Edit: RAO, (RAO)",
     "sinus tachycardia. normal axis. abnormal qrs(t). possible right atrial enlargement. abnormal "
     "ecg."),
    ("slag med avvikande impulsutbredning sinus arytmi avvikande qrs(t) fÖrlopp    anteroseptal "
     "myokardskada kan ej uteslutas qt fÖrlÄngd",
     "beats with aberrant conduction. sinus arrhythmia. abnormal qrs(t). anteroseptal myocardial "
     "damage cannot be ruled out. prolonged qt interval."),
    ("av-block-i. lah genomgangen anterolateral myokardskada uttalad st-sankning over framvagen "
     "ischemi? pagaende  infarkt?",
     "first-degree av block. left anterior fascicular block. previous anterolateral myocardial "
     "damage. marked st depression in anterior leads. possible ischemia. possible acute infarction."),
    ("sinusrytm hÖgersidigt skÄnkelblock avvikande qrs(t) fÖrlopp    anterior infarkt     sannolikt "
     "Äldre    hÖg lateral infarkt bÖr ÖvervÄgas    inferior myokardskada kan ej uteslutas Edit: ASMI "
     "80, LMI 80, CRBBB, (ASMI 50, CRBBB)",
     "sinus rhythm. right bundle branch block. abnormal qrs(t). anterior infarction, probably old. "
     "high lateral infarction should be considered. inferior myocardial damage cannot be ruled out."),
    ("sinusrytm extrem vÄnster el-axel avvikande qrs(t) fÖrlopp    anteroseptal infarkt     mÖjligen "
     "fÄrsk t-fÖrÄndring, sÅsom vid    anterior myokardaffektion",
     "sinus rhythm. left axis deviation. abnormal qrs(t). anteroseptal infarction, possibly acute. t "
     "wave changes. consistent with anterior myocardial involvement."),
    ("sinusrytm p fÖrlÄngd extrem vÄnster el-axel hÖgersidigt skÄnkelblock",
     "sinus rhythm. widened p wave. left axis deviation. right bundle branch block."),
    ("sinusrytm supraventrikulÄra extraslag extrem vÄnster el-axel ospecifikt skÄnkelblock gammal "
     "anteroseptal myokardskada gammal hÖg lateral myokardskada",
     "sinus rhythm. premature supraventricular contractions. left axis deviation. non-specific "
     "intraventricular block. old anteroseptal myocardial damage. old high lateral myocardial damage."),
    ("sinus bradycardia. the bradycardia may be physiological. otherwise normal ecg.",
     "sinus bradycardia. the bradycardia may be physiological. otherwise normal ecg."),
    ("sinus rhythm. left axis deviation. probable old anteroseptal infarct.",
     "sinus rhythm. left axis deviation. probable old anteroseptal infarction."),
    ("sinus rhythm. non-specific t wave flattening in v3. prolonged qt, this may be due to a drug "
     "effect or an    electrolyte disturbance.",
     "sinus rhythm. non-specific t wave flattening in v3. prolonged qt, this may be due to a drug "
     "effect or an electrolyte disturbance."),
    ("sinus bradycardia. st segments are depressed in i, avl, v5,6. t waves are low in these leads. "
     "this may be due to lv strain or ischaemia. the cause of the bradycardia is not evident.",
     "sinus bradycardia. st segments are depressed in i, avl, v5-v6. t waves are low in i, avl, "
     "v5-v6. possible left ventricular strain or ischemia. the cause of the bradycardia is not "
     "evident."),
    ("sinus rhythm. minor non-specific st segment depression in v4,5,6 of doubtful significance. "
     "otherwise normal ecg.",
     "sinus rhythm. minor non-specific st segment depression in v4-v6 of doubtful significance. "
     "otherwise normal ecg."),
    ("rapid regular supraventricular tachycardia without evident p waves. non-specific st-t wave "
     "changes.",
     "rapid regular supraventricular tachycardia without evident p waves. non-specific st-t wave "
     "changes."),
    ("sinus rhythm. left axis deviation. non-specific intraventricular delay. otherwise normal ecg.",
     "sinus rhythm. left axis deviation. non-specific intraventricular delay. otherwise normal ecg."),
    ("atrial fibrillation. st segments are depressed in iii, avf, v2-6. findings are likely to be due "
     "to ischaemic heart  disease and digitalis effect.",
     "atrial fibrillation. st segments are depressed in iii, avf, v2-v6. findings are likely to be "
     "due to ischemic heart disease and digitalis effect."),
    ("sinus rhythm. prolonged pr interval. voltages are high in chest leads suggesting lvh. st "
     "segments are depressed in i, avl, v5,6. t waves are low in these leads. this may be due to lv "
     "strain or ischaemia.",
     "sinus rhythm. prolonged pr interval. voltages are high in chest leads suggesting left "
     "ventricular hypertrophy. st segments are depressed in i, avl, v5-v6. t waves are low in i, avl, "
     "v5-v6. possible left ventricular strain or ischemia."),
    ("premature atrial contraction(s). sinus rhythm. st segments are depressed in i, avl. t waves are "
     "low or flat in i, avl, v5,6. this may be due to lv strain or ischaemia.",
     "premature atrial contractions. sinus rhythm. st segments are depressed in i, avl. t waves are "
     "low or flat in i, avl, v5-v6. possible left ventricular strain or ischemia."),
    ("sinusrhythmus normales ekg ergo:  225 watt  ob  insbes. kein neg  t über der brustwand.",
     "sinus rhythm. normal ecg. no inverted t wave in chest leads."),
    ("sinusrhythmus llt chronischer inferiorer infarkt möglich t negativ terminal v1-v4,iii,avf "
     "biphasisch v5,v6",
     "sinus rhythm. leftward axis. possible chronic inferior infarction. terminally inverted t wave "
     "in v1-v4, iii, avf. biphasic t wave in v5-v6."),
    ("sinusrhythmus linkstyp intraventr. leitungsstoerung avf, v2 infarkt anteroseptal chronisch "
     "sicher t- veraenderungen t- abflachung v4 - v6 keine hinweise fuer frischen infarkt ekg "
     "pathologisch",
     "sinus rhythm. leftward axis. intraventricular conduction delay in avf, v2. definite chronic "
     "anteroseptal infarction. t wave changes. t wave flattening in v4-v6. no evidence of acute "
     "infarction. abnormal ecg."),
    ("sinusrhythmus linkstyp t flach in iii kleines q in i,avl normales ekg",
     "sinus rhythm. leftward axis. flat t wave in iii. small q wave in i, avl. normal ecg."),
)


class TranslateTest(unittest.TestCase):
    def test_reports_read_as_expected(self):
        for report, expected in REPORTS:
            with self.subTest(report=report):
                self.assertEqual(translate(report), expected)

    def test_english_stays_as_it_is(self):
        for _, english in REPORTS:
            with self.subTest(english=english):
                self.assertEqual(translate(english), english)

    def test_umlauts_and_their_spellings_are_one(self):
        for report in ("linkshypertrophie möglich", "linkshypertrophie moeglich", "LINKSHYPERTROPHIE MÖGLICH"):
            self.assertEqual(statements(report), ["possible left ventricular hypertrophy"])

    def test_doubt_and_negation_survive(self):
        said = {"inferiorer infarkt nicht auszuschliessen": "inferior infarction cannot be ruled out",
                "kein hinweis auf ischämie": "no evidence of ischemia",
                "verdacht auf rechtshypertrophie": "suspected right ventricular hypertrophy",
                "inferiorer infarkt möglich": "possible inferior infarction",
                "pågående infarkt?": "possible acute infarction",
                "misstänkt vänster kammarhypertrofi": "suspected left ventricular hypertrophy",
                "inferior infarkt kan ej uteslutas": "inferior infarction cannot be ruled out"}
        for report, expected in said.items():
            with self.subTest(report=report):
                self.assertEqual(statements(report), [expected])

    def test_a_doubt_before_a_list_holds_for_each_line(self):
        report = ("st & t abnorm, wahrscheinlich    anteriore ischämie oder linksbelastung    "
                  "laterale ischämie oder linksbelastung qt-verlängerung")
        self.assertEqual(statements(report), [
            "st-t abnormality", "probable anterior ischemia or left ventricular strain",
            "probable lateral ischemia or left ventricular strain", "prolonged qt interval"])

    def test_what_is_no_finding_is_dropped(self):
        for report in ("trace only requested.", "4.46                unbestätigter bericht", "", " ",
                       "Edit: NORM 100, (NORM 100)"):
            self.assertEqual(translate(report), "")

    def test_an_infarction_whose_doubt_may_be_cut_off_is_not_told(self):
        report = "sinusrhythmus lagetyp normal qrs(t) abnorm    inferiorer infarkt".rjust(250)
        self.assertEqual(statements(report), ["sinus rhythm", "normal axis", "abnormal qrs(t)"])

    def test_leads_are_written_in_one_way(self):
        for leads in ("v1-4", "v1 - v4", "v1,2,3,4", "v1, v2, v3 und v4", "v1-2-3-4"):
            self.assertEqual(statements(f"sinusrhythmus st-senkung in {leads}")[1], "st depression in v1-v4")
        self.assertEqual(statements("sinusrhythmus st-senkung iii, l, f")[1], "st depression in iii, avl, avf")

    def test_equal_statements_have_one_canonical_form(self):
        for one, other in (("sinus rhythm normal", "sinus rhythm"), ("myocardial ischaemia", "ischemia"),
                           ("left anterior hemiblock", "left anterior fascicular block"),
                           ("premature atrial contraction(s)", "atrial premature beats"),
                           ("st segments are depressed in v4,5,6", "st depression in v4-v6")):
            self.assertEqual(canonical(one), canonical(other))
        for one, other in (("possible inferior infarction", "inferior infarction"),
                           ("no evidence of ischemia", "ischemia"), ("otherwise normal ecg", "normal ecg"),
                           ("leftward axis", "left axis deviation")):
            self.assertNotEqual(canonical(one), canonical(other))

    def test_canonical_forms_are_stable(self):
        for _, english in REPORTS:
            for statement in statements(english):
                self.assertEqual(canonical(canonical(statement)), canonical(statement))

    def test_german_and_back_is_the_same_statement(self):
        for english in ("sinus rhythm", "possible inferior infarction", "anterior infarction, age undetermined",
                        "probable anterolateral ischemia or left ventricular strain", "leftward axis",
                        "st depression in v4-v6", "t wave abnormality in lateral and inferior leads",
                        "premature ventricular contractions, bigeminy", "left bundle branch block"):
            with self.subTest(english=english):
                self.assertEqual(statements(german(english)), [english])
        self.assertIsNone(german("suggest cardiological review"))

    def test_coverage_counts_unknown_words(self):
        found = coverage(["sinusrhythmus lagetyp normal 4.46     unbestätigter bericht", "sinusrhythmus quasselstrippe",
                          "sinus rhythm. normal ecg."])
        self.assertEqual((found["tokenCount"], found["covered"]), (9, 8))
        self.assertEqual(found["uncovered"], [("quasselstrippe", 1)])

    def test_the_table_has_known_kinds_and_no_phrase_twice(self):
        seen = set()
        for entry in load_table():
            self.assertIn(entry.kind, ("finding", "modifier", "location", "filler", "negation"))
            self.assertIn(entry.language, ("de", "sv", "en"))
            self.assertNotIn((entry.language, entry.phrase), seen)
            seen.add((entry.language, entry.phrase))


if __name__ == "__main__":
    unittest.main()
